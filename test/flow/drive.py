#!/usr/bin/env python3
"""Drive one record of every register from its first state towards an end, through the program, as four people.

Knows no register: what is asked for comes from `register show`, what is missing from the refusals. A refusal that names an option is answered with a plausible
value of the field's type; any other with another person, then with another value of a field that its words speak of.

usage: drive.py [--least] DIR [REGISTER...]; $ASSAY is the program. One JSON line a register: how far it got, and the sentences that stopped it.
"""
import datetime
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ASSAY = os.environ.get("ASSAY", "assay")
PEOPLE = ["ann", "bob", "cat", "dan"] if os.geteuid() == 0 else [""]
LONGEST = 14  # so many changes before it turns to an end
TRIES = 14    # of one change
NOW = datetime.datetime.now(datetime.timezone.utc)
FUTURE = re.compile(r"until|due|expir|valid|planned|next|ends|review_due|renew|deadline|notice|to_be|target|scheduled")
calls = 0


def day(days):
    return (NOW + datetime.timedelta(days=days)).strftime("%Y-%m-%d")


def moment(days):
    return (NOW + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Driver:
    def __init__(self, folder):
        self.folder = folder
        self.made = {}    # register: number of a record that others may link to
        self.making = []  # registers that are being added now
        self.file = os.path.join(folder, "paper.txt")
        self.fields, self.changes, self.ends = {}, {}, {}
        os.makedirs(folder, exist_ok=True)
        with open(self.file, "w", encoding="utf-8") as out:
            out.write("A paper that shows it.\n")

    def assay(self, *words, person=""):
        global calls
        calls += 1
        env = dict(os.environ, LC_ALL="C.UTF-8")
        env.pop("SUDO_USER", None)
        if person:
            env["SUDO_USER"] = person
        got = subprocess.run([ASSAY, *words, "--json"], stdin=subprocess.DEVNULL, capture_output=True, env=env, check=False, timeout=60)
        if got.returncode not in (0, 1, 2, 3) or b"runtime error" in got.stderr or b"ERROR: " in got.stderr:
            raise SystemExit("assay %s: %d %s" % (" ".join(words), got.returncode, got.stderr.decode(errors="replace")[:2000]))
        try:
            return got.returncode, json.loads(got.stdout)
        except ValueError:
            return got.returncode, {"why": got.stderr.decode(errors="replace")}

    def learn(self, register):
        told = self.assay("register", "show", register)[1]
        self.fields[register] = {f["field"]: f for f in told["fields"] if f["type"] != "score"}
        self.changes[register] = told["changes"]
        self.ends[register] = {s["state"] for s in told["states"] if s["end"]}

    def linked(self, field):
        """A record that the field may name."""
        targets = field["to"] or ["service"]
        for target in sorted(targets, key=lambda t: t not in self.made):
            if target not in self.made and target not in self.making:
                self.add(target)
            if target in self.made:
                return "%s/%d" % (target, self.made[target])
        return None

    def value(self, field, variant=0, why=""):
        kind, name = field["type"], field["field"]
        if kind in ("text", "long"):
            most = re.search(r"--%s expected at most ([0-9]+) bytes" % field["field"].replace("_", "-"), why)
            return ("%s, as agreed with everybody it concerns" % field["title"])[: int(most.group(1)) if most else 200]
        if kind == "choice":
            return field["choices"][variant % len(field["choices"])]["id"]
        if kind == "yes-no":
            return ["yes", "no"][variant % 2]
        if kind in ("number", "money"):
            return [1, 3, 0, 5, 90][variant % 5]
        if kind == "date":
            return day([40, 200, 0][variant % 3] if FUTURE.search(name) else [0, -1, 40][variant % 3])
        if kind == "instant":
            return moment([2, 40, -0.01][variant % 3] if FUTURE.search(name) else [-0.05, -0.01, 1][variant % 3])
        if kind == "duration":
            return ["P30D", "PT4H", "P1Y"][variant % 3]
        if kind == "person":
            return (PEOPLE[variant % len(PEOPLE)] or "ann") + ("" if variant < 4 else str(variant))
        if kind == "link":
            return self.linked(field)
        if kind == "file":
            return self.file
        if kind == "list":
            return "first,second"
        if kind == "classification":
            return "official"
        if kind == "cvss":
            return "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
        return None

    def options(self, values):
        return [w for name, v in values.items() if v is not None for w in ("--" + name.replace("_", "-"), str(v))]

    def named(self, register, why):
        """Fields whose options a refusal names."""
        return [f for f in self.fields[register].values() if re.search(r"--%s(?![a-z0-9-])" % f["field"].replace("_", "-"), why)]

    def spoken(self, register, why):
        """Fields that a sentence seems to be about: most of their title's words are in it."""
        words = set(re.findall(r"[a-z]{3,}", why.lower()))
        scored = []
        for field in self.fields[register].values():
            own = set(re.findall(r"[a-z]{3,}", (field["title"] + " " + field["field"].replace("_", " ")).lower()))
            scored.append((-len(own & words) / max(1, len(own)), field["field"], field))
        return [f for rank, _, f in sorted(scored, key=lambda s: s[:2]) if rank < -0.3][:4]

    def insist(self, register, words, values, turn):
        """Try until it is done or nothing more can be thought of: the record, or None and the last sentence."""
        variants, tried, why = {}, set(), ""
        for attempt in range(TRIES):
            person = PEOPLE[turn % len(PEOPLE)]
            key = (person, tuple(sorted((k, str(v)) for k, v in values.items())))
            if key in tried:
                turn += 1
                person = PEOPLE[turn % len(PEOPLE)]
            tried.add((person, key[1]))
            code, got = self.assay(register, *words, *self.options(values), person=person)
            if code == 0:
                return got, why
            why = re.sub(r"^.*? was not (?:changed|added): ", "", got.get("why", ""))
            fresh = [f for f in self.named(register, why) if f["field"] not in values]
            if fresh:
                for field in fresh:
                    values[field["field"]] = self.value(field)
                continue
            about = self.named(register, why) or (self.spoken(register, why) if attempt % 2 else [])
            for field in about:
                variants[field["field"]] = variants.get(field["field"], 0 if field["field"] in values else -1) + 1
                values[field["field"]] = self.value(field, variants[field["field"]], why)
            turn += 1
        return None, why

    def add(self, register):
        self.making.append(register)
        if register not in self.fields:
            self.learn(register)
        values = {f["field"]: self.value(f) for f in self.fields[register].values() if f["required"]}
        service = self.fields[register].get("service")
        if service is not None and service["type"] == "link" and "service" in self.made and service["to"] == ["service"]:
            values["service"] = self.made["service"]
        got, why = self.insist(register, ["add"], values, 0)
        self.making.pop()
        if got is None:
            return None, why
        self.made.setdefault(register, got["number"])
        return got["number"], got

    def far(self, register, over):
        """How many changes each state is from an end, without those that were refused."""
        far = {state: 0 for state in self.ends[register]}
        for _ in self.changes[register]:
            for change in self.changes[register]:
                for state in change["from"]:
                    if (state, change["change"]) not in over and far.get(change["to"], 99) + 1 < far.get(state, 99):
                        far[state] = far[change["to"]] + 1
        return far

    def choose(self, register, status, states, done, over):
        """A change that leads to a state where it has not been; when there is none, the way to an end."""
        here = [c for c in self.changes[register] if status in c["from"] and (status, c["change"]) not in over]
        fresh = [c for c in here if c["to"] not in ("same", *states) and c["to"] not in self.ends[register]]
        if fresh and len(done) < LONGEST:
            return fresh[0]
        far = self.far(register, over)
        return min((c for c in here if c["to"] in far and c["to"] != status), key=lambda c: far[c["to"]], default=None)

    def drive(self, register, least=False):
        """As far as it goes, through as many states as it may; with ${least} one change is enough."""
        told = {"register": register, "states": [], "changes": [], "stopped": []}
        number, got = self.add(register)
        if number is None:
            return dict(told, stopped=[["add", got]])
        status, turn, over = got["status"], 0, set()
        told["states"].append(status)
        while status not in self.ends[register] and len(told["changes"]) < LONGEST + 6 and not (least and told["changes"]):
            best = self.choose(register, status, told["states"], told["changes"], over)
            if best is None:
                break
            values = {name: self.value(self.fields[register][name]) for name in best["needs"] if got.get(name) in (None, "", [])}
            turn += 1
            done, why = self.insist(register, ["status", str(number), best["change"]], values, turn)
            if done is None:
                over.add((status, best["change"]))
                told["stopped"].append([best["change"], why])
                continue
            got, status = done, done["status"]
            told["changes"].append(best["change"])
            if status not in told["states"]:
                told["states"].append(status)
        return dict(told, ended=status in self.ends[register])


def main():
    words = [w for w in sys.argv[1:] if w != "--least"]
    driver = Driver(words[0])
    names = [r["id"] for r in driver.assay("register", "list")[1]]
    names = [n for n in names if n in words[1:]] or names
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        list(pool.map(driver.learn, names))
    for register in sorted(names, key=lambda n: n != "service"):
        print(json.dumps(driver.drive(register, "--least" in sys.argv)), flush=True)
    print("# %d commands" % calls, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
