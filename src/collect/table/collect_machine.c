/*
 * What the system runs on, and its container runtimes. Keeps no serial number and no cloud instance id, and asks no metadata service.
 */
#include "collect/table/collect_machine.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <string.h>

#include "collect/collect_value.h"

static const struct column machine_columns[] = {
    {"hypervisor", COLUMN_TEXT, COLUMN_KEY, "kvm, vmware, xen, …; none, or unknown"},
    {"container", COLUMN_TEXT, 0, "docker, podman, lxc, …; none"},
    {"cloud", COLUMN_TEXT, 0, "aws, azure, gcp, …; none"},
    {"vendor", COLUMN_TEXT, 0, "DMI's system vendor, empty where there is no DMI"},
    {"product", COLUMN_TEXT, 0, "DMI's product name"},
    {"chassis", COLUMN_TEXT, 0, "DMI's chassis type, a number"},
};
const struct table table_machine = {
    "machine", "what the system runs on", machine_columns, sizeof machine_columns / sizeof *machine_columns};

static const struct column container_runtime_columns[] = {
    {"product", COLUMN_TEXT, COLUMN_KEY, "docker, containerd, podman or cri-o"},
    {"version", COLUMN_TEXT, 0, "version of its package, empty when not from one"},
    {"running", COLUMN_INT, COLUMN_MAYBE, "1 = somebody listens at its socket"},
    {"rootless", COLUMN_INT, COLUMN_MAYBE, "1 = a user's own"},
    {"socket_path", COLUMN_TEXT, 0, "its socket, empty for none"},
    {"socket_mode", COLUMN_TEXT, 0, "permissions of the socket as four octal digits, as in 0660; empty for none"},
    {"socket_group", COLUMN_TEXT, 0, "group of the socket, empty for none"},
};
const struct table table_container_runtime = {"container_runtime", "container runtimes of this host", container_runtime_columns,
    sizeof container_runtime_columns / sizeof *container_runtime_columns};

const char *
collect_machine_cloud(slice vendor, slice product, slice asset)
{
	static const struct {
		const char *word, *cloud;
	} clouds[] = {{"Amazon EC2", "aws"}, {"Google", "gcp"}, {"DigitalOcean", "digitalocean"}, {"Hetzner", "hetzner"},
	    {"OpenStack", "openstack"}, {"Alibaba Cloud", "alibaba"}, {"Scaleway", "scaleway"}, {"UpCloud", "upcloud"},
	    {"Akamai", "akamai"}, {"Linode", "akamai"}, {"OVH", "ovh"}, {"Exoscale", "exoscale"}, {"Vultr", "vultr"}};
	if (slice_same(asset, S("7783-7084-3265-9085-8269-3286-77")))
		return "azure";
	if (slice_same(asset, S("OracleCloud.com")))
		return "oracle";
	for (size_t i = 0; i < sizeof clouds / sizeof *clouds; i++)
		if (slice_has(vendor, slice_of(clouds[i].word)) || slice_has(product, slice_of(clouds[i].word)))
			return clouds[i].cloud;
	return "none";
}

const char *
collect_machine_hypervisor(slice words)
{
	static const struct {
		const char *word, *name;
	} known[] = {{"KVM", "kvm"}, {"Microsoft Hv", "microsoft"}, {"VMware", "vmware"}, {"XenVMM", "xen"}, {"Xen", "xen"},
	    {"TCGTCG", "qemu"}, {"bhyve", "bhyve"}, {"VBoxVBox", "oracle"}, {"VirtualBox", "oracle"}, {"innotek", "oracle"},
	    {"ACRNACRN", "acrn"}, {"QEMU", "qemu"}, {"prl hyperv", "parallels"}, {"Parallels", "parallels"}, {"Amazon EC2", "amazon"},
	    {"OpenStack", "kvm"}};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (slice_has(words, slice_of(known[i].word)))
			return known[i].name;
	return NULL;
}

/* Asks the processor itself; empty where it does not say. */
static slice
machine_cpuid(struct job *job)
{
	slice words = S("");
#if defined(__x86_64__)
	unsigned eax, ebx = 0, ecx = 0, edx = 0;
	if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx >> 31) != 0) {
		char text[13] = {0};
		__cpuid(0x40000000, eax, ebx, ecx, edx);
		memcpy(text, &ebx, 4);
		memcpy(text + 4, &ecx, 4);
		memcpy(text + 8, &edx, 4);
		err copied = job_copy(job, slice_of(text), &words);
		if (copied.code != ERR_NONE)
			words = S("");
	}
#else
	(void)job;
#endif
	return words;
}

static const char *
machine_hypervisor(struct job *job, const struct collect *collect, slice vendor, slice product)
{
	slice text;
	const char *found = collect->live ? collect_machine_hypervisor(machine_cpuid(job)) : NULL;
	if (found == NULL)
		found = collect_machine_hypervisor(vendor);
	if (found == NULL)
		found = collect_machine_hypervisor(product);
	if (found == NULL && collect_value(job, collect, "/sys/hypervisor/type", &text) && slice_same(text, S("xen")))
		found = "xen";
	if (found != NULL)
		return found;
	err read = fs_read(job, &collect->root, "/proc/cpuinfo", 4 * MIB, &text);
	if (read.code != ERR_NONE)
		return "unknown";
	return slice_has(slice_part(text, 0, 4096), S(" hypervisor")) ? "unknown" : "none";
}

static slice
machine_container(struct job *job, const struct collect *collect)
{
	slice text, part;
	if (collect_value(job, collect, "/run/systemd/container", &text) && text.len > 0)
		return text;
	if (fs_exists(&collect->root, "/run/.containerenv"))
		return S("podman");
	if (fs_exists(&collect->root, "/.dockerenv"))
		return S("docker");
	/* Of the first process's environment only this one word is looked at. */
	err read = fs_read(job, &collect->root, "/proc/1/environ", 256 * KIB, &text);
	while (read.code == ERR_NONE && slice_cut(&text, '\0', &part))
		if (slice_starts(part, S("container=")) && part.len > 10)
			return slice_from(part, 10);
	return S("none");
}

bool
collect_socket_listens(slice unix_text, slice path)
{
	slice line;
	while (slice_cut(&unix_text, '\n', &line)) {
		slice num, refs, protocol, flags;
		if (!slice_ends(line, path) || !slice_word(&line, &num) || !slice_word(&line, &refs) || !slice_word(&line, &protocol) ||
		    !slice_word(&line, &flags))
			continue;
		uint64_t bits;
		if (slice_hex_u64(flags, &bits) && (bits & 0x10000) != 0) /* __SO_ACCEPTCON */
			return true;
	}
	return false;
}

slice
collect_status_version(slice status, slice name)
{
	slice line;
	bool mine = false;
	while (slice_cut(&status, '\n', &line)) {
		if (slice_starts(line, S("Package: ")))
			mine = slice_same(slice_trim(slice_from(line, 9)), name);
		else if (mine && slice_starts(line, S("Status: ")) && !slice_ends(line, S(" installed")))
			mine = false;
		else if (mine && slice_starts(line, S("Version: ")))
			return slice_trim(slice_from(line, 9));
	}
	return S("");
}

slice
collect_group_name(slice group, uint64_t gid)
{
	slice line, name, word;
	uint64_t number;
	while (slice_cut(&group, '\n', &line))
		if (slice_cut(&line, ':', &name) && slice_cut(&line, ':', &word) && slice_cut(&line, ':', &word) &&
		    slice_u64(word, &number) && number == gid)
			return name;
	return S("");
}

/* The group's name, or its number where it has none. */
static err
machine_group(struct job *job, const struct collect *collect, uint64_t gid, slice *ret)
{
	slice text, name = S("");
	err read = fs_read(job, &collect->root, "/etc/group", 16 * MIB, &text);
	if (read.code == ERR_NONE)
		name = collect_group_name(text, gid);
	if (name.len > 0) {
		*ret = name;
		return OK;
	}
	return job_format(job, ret, "%llu", (unsigned long long)gid);
}

struct machine_runtime {
	const char *product, *program, *socket, *packages[4];
};

static err
machine_runtime_row(struct job *job, struct collect *collect, const struct machine_runtime *runtime)
{
	slice status = S(""), sockets, version = S("");
	struct stat st = {0};
	struct cell running = NIL;
	err read = fs_read(job, &collect->root, "/var/lib/dpkg/status", 32 * MIB, &status);
	for (size_t i = 0; read.code == ERR_NONE && i < 4 && runtime->packages[i] != NULL && version.len == 0; i++)
		version = collect_status_version(status, slice_of(runtime->packages[i]));
	read = fs_read(job, &collect->root, "/proc/net/unix", 16 * MIB, &sockets);
	if (read.code == ERR_NONE)
		running = INT(collect_socket_listens(sockets, slice_of(runtime->socket)));
	read = fs_stat(job, &collect->root, runtime->socket, true, &st);
	bool there = read.code == ERR_NONE;
	slice group = S(""), mode = S("");
	if (there) {
		TRY(machine_group(job, collect, st.st_gid, &group));
		TRY(job_format(job, &mode, "%04o", (unsigned)st.st_mode & 07777));
	}
	return rows_add(collect_rows(collect, &table_container_runtime),
	    (struct cell[]){TEXT(slice_of(runtime->product)), TEXT(version), running, there ? INT(0) : NIL,
		TEXT(slice_of(there ? runtime->socket : "")), TEXT(mode), TEXT(group)});
}

static err
machine_run(struct job *job, struct collect *collect)
{
	static const struct machine_runtime runtimes[] = {
	    {"docker", "/usr/bin/dockerd", "/run/docker.sock", {"docker.io", "docker-ce"}},
	    {"docker", "/usr/sbin/dockerd", "/run/docker.sock", {"docker.io", "docker-ce"}},
	    {"containerd", "/usr/bin/containerd", "/run/containerd/containerd.sock", {"containerd", "containerd.io"}},
	    {"podman", "/usr/bin/podman", "/run/podman/podman.sock", {"podman"}},
	    {"cri-o", "/usr/bin/crio", "/run/crio/crio.sock", {"cri-o"}},
	};
	slice vendor = S(""), product = S(""), chassis = S(""), asset = S("");
	bool any = false;
	collect_value(job, collect, "/sys/class/dmi/id/sys_vendor", &vendor);
	collect_value(job, collect, "/sys/class/dmi/id/product_name", &product);
	collect_value(job, collect, "/sys/class/dmi/id/chassis_type", &chassis);
	collect_value(job, collect, "/sys/class/dmi/id/chassis_asset_tag", &asset);
	TRY(rows_add(collect_rows(collect, &table_machine),
	    (struct cell[]){TEXT(slice_of(machine_hypervisor(job, collect, vendor, product))), TEXT(machine_container(job, collect)),
		TEXT(slice_of(collect_machine_cloud(vendor, product, asset))), TEXT(vendor), TEXT(product), TEXT(chassis)}));
	for (size_t i = 0; i < sizeof runtimes / sizeof *runtimes; i++)
		if (fs_exists(&collect->root, runtimes[i].program)) {
			any = true;
			TRY(machine_runtime_row(job, collect, &runtimes[i]));
		}
	if (!any)
		collect_absent(collect, &table_container_runtime, "no container runtime is installed");
	return OK;
}

const struct collector collect_machine = {
    .name = "machine",
    .about = "What the system runs on, and the container runtimes it offers",
    .tables = (const struct table *const[]){&table_machine, &table_container_runtime, NULL},
    .reads = (const char *const[]){"cpuid instruction", "/sys/class/dmi/id/sys_vendor", "/sys/class/dmi/id/product_name",
	"/sys/class/dmi/id/chassis_type", "/sys/class/dmi/id/chassis_asset_tag", "/sys/hypervisor/type", "/proc/cpuinfo",
	"/run/systemd/container", "/run/.containerenv", "/.dockerenv", "/proc/1/environ (the word container= only)", "/proc/net/unix",
	"/var/lib/dpkg/status", "/etc/group", "/usr/bin/dockerd", "/usr/sbin/dockerd", "/usr/bin/containerd", "/usr/bin/podman",
	"/usr/bin/crio", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock", "/run/crio/crio.sock", NULL},
    .needs = "root to tell some containers apart",
    .run = machine_run,
};
