#!/usr/bin/env python3
"""Write doc/registers.md: every register of the content in use, its fields, its states and the ways between them, as the built program tells them.

usage: registers.py ASSAY [CONTENT] >doc/registers.md
Nothing about a register is written here: what is not in `assay register show --json` is not on the page.
"""
import json
import subprocess
import sys

HEAD = """# The registers

This page is made from the definitions in `content/register/` by `make doc`; do not edit it.

A register is what people keep: one record a risk, a supplier, an incident. `assay risk add` adds a record, `assay risk list` shows what there is, and
`assay risk status 1 assess` takes a record to its next state. The other registers take the same words. `assay risk --help` lists them all.

In the tables, a field that is *needed* must be filled in from the moment a record is added. *Sometimes* means that it depends on the other fields, and assay says so when
it matters. A *personal* field says something about a person, and is emptied when that person's data is erased. Fields of the type *score* are worked out, never typed.

A status change is made by whoever holds the capability under *who may* (`assay access role` lists who that is). It *needs* fields that may be given in the same command. The
words under *assay refuses with* are what it says when something else is not as it has to be.

Every record also has a number, a status, a version, a classification, who added it and when, who changed it last and when, and a hold that keeps it from being erased.
`doc/register.md` describes the types, and how a definition is written.
"""


def asked(assay, content, *words):
    command = [assay, *words, "--json"] + (["--content", content] if content else [])
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout)


def cell(text):
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


def code(text):
    return f"`{text}`"


def kind(field):
    """The type of a field, and what it is limited to."""
    if field["type"] == "choice":
        return "choice: " + ", ".join(cell(choice["id"]) for choice in field["choices"])
    if field["type"] == "link":
        to = "any register" if field["to_any"] else ", ".join(f"[{cell(target)}](#{target})" for target in field["to"])
        return f"link to {to}" + (", several" if field["many"] else "")
    return field["type"]


def fields_of(register):
    out = ["| field | what it says | type | needed | |", "|---|---|---|---|---|"]
    for field in register["fields"]:
        if field["builtin"]:
            continue
        about = field["title"] if field["about"] in ("", field["title"]) else f"{field['title']}: {field['about']}"
        needed = "yes" if field["required"] else "sometimes" if field["required_when"] else ""
        limits = ["personal"] if field["personal"] else []
        limits += [f"seen with {code(field['read'])}"] if field["read"] else []
        limits += [f"written with {code(field['write'])}"] if field["write"] else []
        out.append(f"| {code(field['field'])} | {cell(about)} | {kind(field)} | {needed} | {', '.join(limits)} |")
    return out


def node(state):
    return state.replace("-", "_")


def picture(register):
    """The states as a diagram: GitHub and GitLab draw it, everybody else can read it."""
    ends = [state["state"] for state in register["states"] if state["end"]]
    out = ["```mermaid", "stateDiagram-v2", f"    [*] --> {node(register['states'][0]['state'])}"]  # first, so that it stands at the top
    for state in register["states"]:
        if node(state["state"]) != state["state"]:
            out.append(f"    {node(state['state'])}: {state['state']}")
    for change in register["changes"]:
        if change["to"] == "same":
            continue
        out += [f"    {node(start)} --> {node(change['to'])}: {change['change']}" for start in change["from"] if start != change["to"]]
    out += [f"    {node(end)} --> [*]" for end in ends]
    return out + ["```"]


def person(word):
    """Who may not make a change: a field, whoever made another change, or whoever added the record."""
    if word == "made":
        return "who added it"
    return f"who made {code(word[7:])}" if word.startswith("change:") else f"who is in {code(word)}"


def may(change):
    forbidden = " or ".join(person(word) for word in change["not_by"])
    return code(change["may"]) + (f", but not {forbidden}" if forbidden else "")


def clock(change):
    out = []
    for word, deadlines in (("starts", [start["deadline"] for start in change["starts"]]), ("pauses", change["pauses"]), ("resumes", change["resumes"]),
                            ("stops", change["stops"])):
        if deadlines:
            out.append(f"{word} {', '.join(code(deadline) for deadline in deadlines)}")
    return "; ".join(out)


def changes_of(register):
    everywhere = [state["state"] for state in register["states"] if not state["end"]]
    out = ["| change | from | to | who may | needs | assay refuses with | deadlines |", "|---|---|---|---|---|---|---|"]
    for change in register["changes"]:
        start = "any open state" if change["from"] == everywhere and len(everywhere) > 1 else ", ".join(change["from"])
        to = "stays" if change["to"] == "same" else change["to"]
        needs = ", ".join(code(field) for field in change["needs"])
        out.append(f"| {code(change['change'])}: {cell(change['title'])} | {start} | {to} | {may(change)} | {needs} | {'; '.join(map(cell, change['when']))} | {clock(change)} |")
    return out


def notes(register):
    out = []
    if register["source"]:
        out.append(f"Based on: {cell(register['source'])}.")
    if register["starts"]:
        out.append(f"Adding a record starts {', '.join(code(start['deadline']) for start in register['starts'])}.")
    if register["retention"]:
        out.append(f"Kept for {code(register['retention'])} from {code(register['retention_from'])}; then `assay privacy retention` lists it.")
    if register["observed"]:
        out.append(f"Hosts show these too: `assay {register['register']} observe` compares.")
    return out


def section(register):
    out = [f"## {register['register']}", "", f"**{cell(register['plural'])}.** {cell(register['about'])}", ""]
    out += [" ".join(notes(register)), ""] if notes(register) else []
    out += fields_of(register) + [""] + picture(register) + [""]
    return out + (changes_of(register) + [""] if register["changes"] else [])


def page(registers, rules):
    """The page, from what each register says of itself."""
    out = [HEAD, "| register | | what it holds |", "|---|---|---|"]
    groups = sorted({register["group"] for register in registers})
    for group in groups:
        out.append(f"| **{cell(group)}** | | |")
        out += [f"| [{r['register']}](#{r['register']}) | {cell(r['plural'])} | {cell(r['about'])} |" for r in registers if r["group"] == group]
    out.append("")
    for register in sorted(registers, key=lambda register: register["register"]):
        out += section(register)
    out += ["## Deadlines", "", "How each counts: `content/deadline/` and `doc/deadline.md`.", "", "| deadline | | from |", "|---|---|---|"]
    out += [f"| {code(rule['id'])} | {cell(rule['title'])} | {cell(rule['source'])} |" for rule in rules]
    return "\n".join(out).rstrip() + "\n"


def main():
    assay, content = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    registers = [asked(assay, content, "register", "show", row["id"]) for row in asked(assay, content, "register", "list")]
    sys.stdout.write(page(registers, asked(assay, content, "deadline", "rules")))


if __name__ == "__main__":
    sys.exit(main())
