/*
 * Kernel modules: which are loaded, which modprobe's configuration keeps out.
 */
#ifndef COLLECT_TABLE_COLLECT_KERNEL_MODULE_H
#define COLLECT_TABLE_COLLECT_KERNEL_MODULE_H

#include "collect/collect.h"

struct collect_module {
	slice name; /* with _ for - */
	int64_t size_bytes, used_by;
	bool loaded, blocked;
	const char *block_path;
};
struct collect_modules {
	struct job *job;
	struct collect_module *at;
	size_t len, room;
};

/* Add what /proc/modules, one file of modprobe.d, and a kernel command line (module_blacklist=, modprobe.blacklist=) say. Pure. */
err collect_modules_loaded(struct collect_modules *modules, slice text);
err collect_modules_config(struct collect_modules *modules, const char *path, slice text);
err collect_modules_cmdline(struct collect_modules *modules, slice text);

#endif
