/*
 * What tests of roles and access share: content in memory, and records put straight into a ledger.
 */
#ifndef ACCESS_KIT_H
#define ACCESS_KIT_H

#include "../ledger/ledger_kit.h"

#include "registry/registry_access.h"

#define KIT_FILES 16
struct kit_content {
	struct content_file files[KIT_FILES];
	struct content content;
};

static inline void
kit_content_add(struct kit_content *kit, const char *path, const char *text)
{
	assert_true(kit->content.len < KIT_FILES);
	kit->files[kit->content.len++] =
	    (struct content_file){.path = path, .from = path, .text = slice_of(text), .digest = code_sha256(slice_of(text))};
	kit->content.files = kit->files;
}

static inline void
kit_registers(struct kit_content *kit)
{
	kit_content_add(kit, "register/policy.yaml",
	    "id: policy\ntitle: Policy\nabout: x\nfields:\n  - {id: title, title: T, about: x, type: text}\n"
	    "states:\n  - {id: draft, title: Draft}\n  - {id: gone, title: Gone, end: true}\n"
	    "changes:\n  - {id: drop, title: Drop, from: [draft], to: gone}\n");
	kit_content_add(kit, "register/risk.yaml",
	    "id: risk\ntitle: Risk\nabout: x\nfields:\n  - {id: title, title: T, about: x, type: text}\n"
	    "  - {id: service, title: S, about: x, type: link, to: service}\n"
	    "  - {id: secret_note, title: N, about: x, type: text, read: read-note, write: write-note}\n"
	    "  - {id: rests_on, title: R, about: x, type: link, to: policy, many: true, read: read-note}\n"
	    "states:\n  - {id: open, title: Open}\n  - {id: closed, title: Closed, end: true}\n"
	    "changes:\n  - {id: accept, title: Accept, from: [open], to: closed, may: accept-risk}\n");
	kit_content_add(kit, "register/service.yaml",
	    "id: service\ntitle: Service\nabout: x\nfields:\n  - {id: title, title: T, about: x, type: text}\n"
	    "  - {id: unit, title: U, about: x, type: text}\n"
	    "states:\n  - {id: live, title: Live}\n  - {id: off, title: Off, end: true}\n"
	    "changes:\n  - {id: retire, title: Retire, from: [live], to: off}\n");
}

static inline void
kit_roles(struct kit_content *kit)
{
	kit_content_add(kit, "role/admin.yaml",
	    "id: admin\ntitle: A\nabout: x\nmay:\n  - {do: any, in: any, up-to: top-secret}\nscope: organisation\n");
	kit_content_add(kit, "role/clerk.yaml",
	    "id: clerk\ntitle: C\nabout: x\nmay:\n  - {do: [read, add, edit], in: [risk]}\n  - {do: [read], in: [policy], shared: true}\n");
	kit_content_add(kit, "role/owner.yaml",
	    "id: owner\ntitle: O\nabout: x\nmay:\n  - {do: [read, edit, accept-risk, read-note], in: [risk], up-to: secret}\n  - {do: [read], in: any}\nscope: service\n");
	kit_content_add(kit, "role/visitor.yaml",
	    "id: visitor\ntitle: V\nabout: x\nmay:\n  - {do: [read, export, audit], in: any, up-to: official-sensitive, shared: true}\n"
	    "read-only: true\nexpires-within: P10D\n");
	kit_content_add(kit, "role/warden.yaml",
	    "id: warden\ntitle: W\nabout: x\nmay:\n  - {do: [grant, read], in: any}\n  - {do: [write-note, edit], in: [risk], up-to: secret}\n");
}

/* A record put down as it stands: ${fields} is its JSON. */
static inline void
kit_record(struct ledger *ledger, const char *registry, int64_t number, const char *status, const char *fields)
{
	struct ledger_receipt receipt;
	struct ledger_change change = {.registry = slice_of(registry),
	    .number = number,
	    .version = 1,
	    .status = slice_of(status),
	    .at_us = job_now(kit_job()),
	    .sets = slice_of(fields)};
	ASSERT_OK(ledger_change_append(kit_job(), ledger, &change, 1, &receipt));
}

static inline slice
kit_token(struct ledger *ledger, const char *name)
{
	slice token;
	ASSERT_OK(ledger_person_token(kit_job(), ledger, S(""), slice_of(name), &token));
	return token;
}

static inline struct registry *
kit_registry(struct ledger *ledger, const struct kit_content *kit)
{
	struct registry *registry;
	ASSERT_OK(registry_open(kit_job(), ledger, &kit->content, NULL, &registry));
	return registry;
}

static inline struct registry_access *
kit_access(const struct registry *registry, slice token)
{
	struct registry_access *access;
	ASSERT_OK(registry_access_open(kit_job(), registry, now_of(registry->ledger), token, &access));
	return access;
}

#endif
