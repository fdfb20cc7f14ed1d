#!/usr/bin/env python3
"""Say what failed and end with "N passed, N failed[, N skipped]", counted over every case meson's logs name.

usage: test_summary.py TESTLOG_JSON TESTLOG_JUNIT
"""
import json
import sys
import xml.etree.ElementTree as xml


def main():
    log_path, junit_path = sys.argv[1:3]
    passed = failed = skipped = 0
    for suite in xml.parse(junit_path).getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
            elif case.find("skipped") is not None:
                skipped += 1
                print(f"skipped: {suite.get('name')}: {case.get('name')}")
            else:
                passed += 1
    broken = 0
    with open(log_path, encoding="utf-8") as log:
        for line in log:
            test = json.loads(line)
            if test["result"] not in ("OK", "SKIP", "EXPECTEDFAIL"):
                broken += 1
                print(f"\n--- {test['name']}: {test['result']}")
                print("\n".join((test.get("stdout", "") + test.get("stderr", "")).splitlines()[-60:]))
            elif test["result"] == "SKIP":
                print(f"skipped: {test['name']}: {(test.get('stdout') or '').strip().splitlines()[-1:]}")
    if broken and not failed:
        failed = broken
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or broken or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
