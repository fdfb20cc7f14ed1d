#!/usr/bin/env python3
"""A questionnaire from being sent to being taken in, with a real browser in between.

    form.py ASSAY WORK_FOLDER

Speaks TAP. Skipped where Chromium, node or the pinned modules of package-lock.json (playwright-core, axe-core) are not at hand.
"""
import base64
import json
import os
import shutil
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
assay, work = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
count, failures = 0, 0


def ok(good, what, more=""):
    global count, failures
    count += 1
    failures += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}")
    if not good and more:
        print("# " + str(more).replace("\n", "\n# ")[:2000])


def skip(why):
    print(f"1..0 # SKIP {why}")
    sys.exit(0)


def run(*arguments):
    env = dict(os.environ, ASSAY_DIR=os.path.join(work, "var"), ASSAY_RUN=os.path.join(work, "run"))
    return subprocess.run([assay, *arguments], capture_output=True, text=True, timeout=600, env=env, stdin=subprocess.DEVNULL)


def must(*arguments):
    got = run(*arguments)
    ok(got.returncode == 0, " ".join(arguments[:3]), got.stderr)
    return got.stdout


def refused(words, what, *arguments):
    got = run(*arguments)
    ok(got.returncode == 2 and words in got.stderr and got.stderr.count("\n") == 1, what, got.stderr or got.stdout)


def modules():
    place = os.path.join(work, "npm")
    os.makedirs(place, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(here, name), place)
    if not os.path.isdir(os.path.join(place, "node_modules", "axe-core")):
        got = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=place, capture_output=True, text=True)
        if got.returncode != 0:
            skip("npm ci has no registry to ask")
    return place


def spoiled(source, target, change):
    """The answer file with its payload changed, as somebody on the way would."""
    with open(source, encoding="utf-8") as file:
        outer = json.load(file)
    payload = json.loads(base64.b64decode(outer["payload"]))
    change(payload)
    outer["payload"] = base64.b64encode(json.dumps(payload, ensure_ascii=False).encode()).decode()
    with open(target, "w", encoding="utf-8") as file:
        json.dump(outer, file)


def looked_at(seen):
    ok(seen["requests"] == [], "the page asks nobody for anything", seen["requests"])
    ok(seen["errors"] == [], "nothing goes wrong in it, its policy included", seen["errors"])
    ok("Print it" in seen["bare"] and not seen["bare_button"], "without scripts it says what to do instead", seen["bare"])
    for moment in ("opened", "wrong", "finished"):
        ok(seen[moment] == [], f"axe finds nothing when it is {moment}", seen[moment])
    ok(not seen["wide"], "it fits 320 px")
    ok(seen["button"] and seen["far"].startswith("0 of "), "it can be finished, and says how far one is", seen["far"])
    ok(seen["refused"] and seen["focus"] == "summary", "what is missing is summed up, with the focus on it", seen["focus"])
    ok(any("Give your name" in line for line in seen["missing"]), "the name too", seen["missing"])
    ok(seen["first"].startswith("f-"), "each line leads to its question", seen["first"])
    ok(seen["order"] == seen["standing"], "the keyboard reaches every question in its order", seen["order"])
    ok("is kept" in seen["kept"] and seen["restored"].startswith("We “follow” <b>"), "what was typed is there again after a reload", seen["restored"])
    ok(seen["done"] and seen["name"].startswith("answers-supplier-assessment-"), "an answer file is made", seen["name"])
    ok(seen["forgotten"] == "", "and what was kept can be removed", seen["forgotten"])


def main():
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not browser or not shutil.which("node") or not shutil.which("npm"):
        skip("Chromium, node or npm is not at hand")
    shutil.rmtree(os.path.join(work, "var"), ignore_errors=True)
    os.makedirs(work, exist_ok=True)
    os.makedirs(os.path.join(work, "run"), exist_ok=True)
    place = modules()
    page, out = os.path.join(work, "page.html"), os.path.join(work, "out")
    os.makedirs(out, exist_ok=True)
    must("init", os.path.join(work, "var"))
    must("supplier", "add", "--name", "Acme", "--role", "hosting", "--tier", "critical", "--owner", "ann", "--contact", "x", "--holds-information", "no")
    must("asset", "add", "--name", "their cloud", "--kind", "cloud-service", "--service-model", "software", "--responsibilities", "they do", "--our-duties", "look")
    must("supplier-assessment", "add", "--title", "Acme <2026>", "--supplier", "1", "--owner", "ann", "--kind", "cloud-service", "--cloud-service", "1")
    must("supplier-assessment", "questionnaire", "1", "--output", page)
    ok(os.stat(page).st_mode & 0o77 == 0, "the page is its owner's alone")
    env = dict(os.environ, BROWSER_MODULES=place, CHROMIUM=browser)
    got = subprocess.run(["node", os.path.join(here, "form.mjs"), page, out], capture_output=True, text=True, env=env, timeout=600)
    ok(got.returncode == 0, "a browser goes through it", got.stderr)
    if got.returncode == 0:
        seen = json.loads(got.stdout)
        looked_at(seen)
        taken_in(seen, os.path.join(out, "answers.json"), os.path.join(out, "again.json"))
    print(f"1..{count}")
    sys.exit(failures > 0)


def taken_in(seen, answers, again):
    bad = os.path.join(work, "bad.json")
    verb = ("supplier-assessment", "answers")
    refused("no answers are taken in", "answers to what was never issued are refused", *verb, answers)
    must("supplier-assessment", "status", "1", "issue", "--issued-to", "Zoe", "--answers-due", "2030-12-20")
    spoiled(answers, bad, lambda payload: payload["answers"].update(q_risk="we have none"))
    refused("changed afterwards", "an answer changed on the way is refused", *verb, bad)
    spoiled(answers, bad, lambda payload: payload.update(number=2))
    refused("no questionnaire that was sent", "an answer to another record is refused", *verb, bad)
    with open(bad, "w", encoding="utf-8") as file:
        file.write("{")
    refused("answers", "what is no JSON is refused", *verb, bad)
    told = json.loads(must(*verb, answers, "--dry-run", "--json"))
    ok(told["taken"] is False and told["answered"] >= 19 + 28, "trying says what would be taken in", told)
    told = json.loads(must(*verb, answers, "--json"))
    ok(told["signer"] == "Zoë Quill, head of security" and told["key"] == seen["fingerprint"], "who signed, with the key that the page showed", told)
    record = json.loads(must("supplier-assessment", "show", "1", "--json"))
    ok(record["q_governance"] == seen["restored"], "the answers are in the record, letter by letter", record["q_governance"])
    ok(record["p14_secure_use"] == "met" and record["completed_how"] == "signed-file" and record["completed_by"] == told["signer"], "choices, how it came and by whom too")
    kept = os.path.join(work, "kept.json")
    must("supplier-assessment", "file", "1", "signed_file", "--output", kept)
    with open(kept, "rb") as one, open(answers, "rb") as other:
        ok(one.read() == other.read(), "the file is kept as it came")
    refused("taken in before", "nothing is taken in twice", *verb, answers)
    refused("taken in before", "nor the second thoughts", *verb, again)
    must("ledger", "verify")


main()
