/*
 * Malware protection by what it leaves on the disk and among the processes. Does not ask a product itself: what one says about its state is
 * its own.
 */
#include "collect/table/collect_antivirus.h"

#include <string.h>
#include <unistd.h>

#include "base/instant.h"
#include "collect/collect_line.h"

#define ANTIVIRUS_MAX_PROCESSES 100000
#define ANTIVIRUS_MAX_LOGS 1000
#define STATUS "/var/lib/dpkg/status"
#define STATUS_MAX (64 * MIB)

static const struct column columns[] = {
    {"product", COLUMN_TEXT, COLUMN_KEY, "which"},
    {"version", COLUMN_TEXT, 0, "of its package; empty when no package is known"},
    {"running", COLUMN_INT, COLUMN_MAYBE, "1 when its service is among the processes; not known off the live system"},
    {"on_access", COLUMN_INT, COLUMN_MAYBE, "1 when files are looked at as they are opened; not known when only the product could say"},
    {"definitions_at", COLUMN_TIME, COLUMN_MAYBE, "when its definitions were made"},
    {"last_scan_at", COLUMN_TIME, COLUMN_MAYBE, "last finished scan it left a trace of"},
};
const struct table table_antivirus = {"antivirus", "malware protection that is installed", columns, 6};

/* ${marker} shows that it is installed. ${processes} are names as the kernel cuts them (15 bytes). Sensors that hook the kernel look on
 * access by nature. */
static const struct product {
	const char *name, *marker, *package, *processes[3];
	const char *definitions; /* a folder or file whose time tells when definitions came, or NULL */
	bool on_access;          /* when it runs */
} products[] = {
    {"clamav", "/usr/bin/clamscan", "clamav-base", {"clamd", NULL}, NULL, false},
    {"carbon-black", "/opt/carbonblack", "cb-psc-sensor", {"cbagentd", NULL}, NULL, true},
    {"cortex-xdr", "/opt/traps/bin", "cortex-agent", {"pmd", NULL}, NULL, true},
    {"crowdstrike-falcon", "/opt/CrowdStrike/falconctl", "falcon-sensor", {"falcon-sensor", "falcon-sensor-b", NULL}, NULL, true},
    {"elastic-endpoint", "/opt/Elastic/Endpoint", "", {"elastic-endpoin", NULL}, NULL, true},
    {"eset", "/opt/eset", "efs", {"oaeventd", "scand", NULL}, "/var/opt/eset/efs/lib", true},
    {"kaspersky-endpoint", "/opt/kaspersky/kesl", "kesl", {"kesl", NULL}, "/var/opt/kaspersky/kesl/private/updates", true},
    {"microsoft-defender", "/opt/microsoft/mdatp", "mdatp", {"wdavdaemon", NULL}, "/var/opt/microsoft/mdatp/definitions.noindex", true},
    {"sentinelone", "/opt/sentinelone", "sentinelagent", {"s1-agent", NULL}, NULL, true},
    {"sophos", "/opt/sophos-spl", "", {"sophos_threat_d", NULL}, "/opt/sophos-spl/plugins/av/chroot/susi/update_source/vdl", true},
    {"trellix-ens", "/opt/McAfee/ens/tp", "mcafeetp", {"mfetpd", NULL}, "/var/McAfee/ens/tp", true},
    {"trend-micro", "/opt/ds_agent", "ds-agent", {"ds_agent", NULL}, NULL, true},
    {"bitdefender", "/opt/bitdefender-security-tools", "bitdefender-security-tools", {"bdsecd", NULL}, NULL, true},
};

/* ---- Parsing ---- */

/* "22 Nov 2026 07-32 +0000" as an instant. */
static bool
definitions_time(slice text, int64_t *ret)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	slice day, month, year, clock, zone, number[3];
	uint64_t d, y, h, m, offset;
	if (!slice_word(&text, &day) || !slice_word(&text, &month) || !slice_word(&text, &year) || !slice_word(&text, &clock) ||
	    !slice_word(&text, &zone) || clock.len != 5 || clock.at[2] != '-' || zone.len != 5)
		return false;
	number[0] = slice_part(clock, 0, 2);
	number[1] = slice_part(clock, 3, 2);
	number[2] = slice_from(zone, 1);
	if (!slice_u64(day, &d) || !slice_u64(year, &y) || !slice_u64(number[0], &h) || !slice_u64(number[1], &m) ||
	    !slice_u64(number[2], &offset) || d < 1 || d > 31 || y < 1990 || y > 9999 || h > 23 || m > 59 || offset > 1400 ||
	    (zone.at[0] != '+' && zone.at[0] != '-'))
		return false;
	for (int i = 0; i < 12; i++) {
		if (!slice_same(month, slice_of(months[i])))
			continue;
		int64_t east = (int64_t)(offset / 100 * 3600 + offset % 100 * 60) * (zone.at[0] == '+' ? 1 : -1);
		*ret = instant_from_civil((int64_t)y, i + 1, (int)d) * DAY_US + ((int64_t)(h * 3600 + m * 60) - east) * SECOND_US;
		return true;
	}
	return false;
}

bool
collect_antivirus_definitions(slice head, int64_t *ret_us, slice *ret_version)
{
	slice part[3];
	head = slice_part(head, 0, 512);
	for (size_t i = 0; i < 3; i++)
		if (!slice_cut(&head, ':', &part[i]))
			return false;
	if (!slice_same(part[0], S("ClamAV-VDB")) || !definitions_time(part[1], ret_us))
		return false;
	*ret_version = part[2];
	return true;
}

bool
collect_antivirus_scanned(slice text)
{
	slice line;
	bool summary = false;
	while (slice_cut(&text, '\n', &line)) {
		summary = summary || slice_has(line, S("SCAN SUMMARY"));
		if (summary && slice_starts(slice_trim(line), S("Time:")))
			return true;
	}
	return false;
}

bool
collect_antivirus_on_access(struct job *job, slice text)
{
	struct collect_lines lines = collect_lines_of(job, text, "#");
	slice line, key;
	unsigned number;
	while (collect_lines_next(&lines, &line, &number))
		if (slice_word(&line, &key) && (slice_same(key, S("OnAccessIncludePath")) || slice_same(key, S("OnAccessMountPath"))))
			return true;
	return false;
}

/* ---- Reading ---- */

struct processes {
	bool known;
	slice names; /* each between newlines */
};

/* The names of all processes. Anybody may read them, unless /proc is mounted to hide them. */
static err
processes_read(struct job *job, const struct collect *collect, struct processes *ret)
{
	struct fs_name *names;
	size_t len;
	uint64_t number;
	struct buf buf = buf_open(job, "process names", 4 * MIB);
	ret->known = false;
	if (fs_list(job, &collect->root, "/proc", ANTIVIRUS_MAX_PROCESSES, &names, &len).code != ERR_NONE)
		return OK;
	buf_byte(&buf, '\n');
	for (size_t i = 0; i < len; i++) {
		slice path, name;
		if (!slice_u64(slice_of(names[i].name), &number))
			continue;
		ret->known = ret->known || number == 1; /* process 1 is hidden from others: so may be what we look for */
		TRY(job_format(job, &path, "/proc/%s/comm", names[i].name));
		if (fs_read(job, &collect->root, path.at, 4 * KIB, &name).code == ERR_NONE)
			buf_add(&buf, name);
	}
	return buf_end(&buf, &ret->names);
}

static struct cell
process_running(struct job *job, const struct processes *processes, const struct product *product)
{
	for (size_t i = 0; processes->known && product->processes[i] != NULL; i++) {
		slice line;
		if (job_format(job, &line, "\n%s\n", product->processes[i]).code == ERR_NONE && slice_has(processes->names, line))
			return INT(1);
	}
	return processes->known ? INT(0) : NIL;
}

/* The version of an installed package from dpkg's status; empty when it is not there. */
static slice
package_version(struct job *job, slice status, const char *package)
{
	slice head, line;
	if (package[0] == '\0' || job_format(job, &head, "Package: %s", package).code != ERR_NONE)
		return S("");
	for (bool inside = false; slice_cut(&status, '\n', &line);) {
		if (line.len == 0)
			inside = false;
		else if (slice_same(line, head))
			inside = true;
		else if (inside && slice_starts(line, S("Version: ")))
			return slice_from(line, 9);
	}
	return S("");
}

static int64_t
stat_us(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * SECOND_US + st->st_mtim.tv_nsec / 1000;
}

/* The newest of ClamAV's databases; the daily one is the one that moves. */
static struct cell
clamav_definitions(struct job *job, const struct collect *collect)
{
	static const char *const paths[] = {"/var/lib/clamav/daily.cld", "/var/lib/clamav/daily.cvd", NULL};
	struct cell found = NIL;
	for (size_t i = 0; paths[i] != NULL; i++) {
		char head[513];
		int fd;
		int64_t at;
		slice version;
		if (fs_open(job, &collect->root, paths[i], true, &fd).code != ERR_NONE)
			continue;
		ssize_t got = read(fd, head, sizeof head - 1);
		close(fd);
		if (got > 0 && collect_antivirus_definitions(slice_bytes(head, (size_t)got), &at, &version) &&
		    (found.null || at > found.number))
			found = INT(at);
	}
	return found;
}

/* The newest log that ends in a summary: its own time, for the log speaks in local time. */
static err
clamav_scan(struct job *job, const struct collect *collect, struct cell *ret)
{
	struct fs_name *names;
	size_t len;
	struct cell found = NIL;
	err listed = fs_list(job, &collect->root, "/var/log/clamav", ANTIVIRUS_MAX_LOGS, &names, &len);
	if (listed.code == ERR_MISSING || listed.code == ERR_DENIED) {
		*ret = NIL;
		return OK;
	}
	TRY(listed);
	for (size_t i = 0; i < len; i++) {
		const char *path;
		struct stat st;
		slice text;
		if (!slice_has(slice_of(names[i].name), S(".log")) || slice_starts(slice_of(names[i].name), S("freshclam")))
			continue;
		struct arena_mark mark = arena_mark(job->arena);
		TRY(fs_join(job, "/var/log/clamav", names[i].name, &path));
		if (fs_stat(job, &collect->root, path, true, &st).code == ERR_NONE && (found.null || stat_us(&st) > found.number) &&
		    fs_read(job, &collect->root, path, 32 * MIB, &text).code == ERR_NONE && collect_antivirus_scanned(text))
			found = INT(stat_us(&st));
		arena_rewind(job->arena, mark);
	}
	*ret = found;
	return OK;
}

static err
product_row(struct job *job, struct collect *collect, const struct product *product, const struct processes *processes, slice status,
    struct rows *rows)
{
	struct stat st;
	slice text;
	bool there = false;
	struct cell running = process_running(job, processes, product), on_access = NIL, definitions = NIL, scan = NIL;
	if (strcmp(product->name, "clamav") == 0) {
		static const struct product daemon = {.processes = {"clamonacc", NULL}};
		TRY(collect_read(job, collect, "/etc/clamav/clamd.conf", &text, &there));
		struct cell watching = process_running(job, processes, &daemon);
		if (!there || !collect_antivirus_on_access(job, text))
			on_access = INT(0);
		else
			on_access = watching;
		definitions = clamav_definitions(job, collect);
		TRY(clamav_scan(job, collect, &scan));
	} else if (!running.null) {
		on_access = product->on_access && running.number == 0 ? INT(0) : NIL;
	}
	if (product->definitions != NULL && fs_stat(job, &collect->root, product->definitions, true, &st).code == ERR_NONE)
		definitions = INT(stat_us(&st));
	struct cell cells[] = {
	    TEXT(slice_of(product->name)), TEXT(package_version(job, status, product->package)), running, on_access, definitions, scan};
	return rows_add(rows, cells);
}

static err
antivirus_run(struct job *job, struct collect *collect)
{
	struct processes processes = {0};
	slice status = S("");
	bool looked = false;
	struct rows *rows = collect_rows(collect, &table_antivirus);
	for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
		struct stat st;
		err found = fs_stat(job, &collect->root, products[i].marker, true, &st);
		if (found.code == ERR_MISSING)
			continue;
		TRY(found);
		if (!looked) {
			TRY(processes_read(job, collect, &processes));
			err read = fs_read(job, &collect->root, STATUS, STATUS_MAX, &status);
			if (read.code != ERR_NONE && read.code != ERR_MISSING)
				return read;
		}
		looked = true;
		TRY(product_row(job, collect, &products[i], &processes, status, rows));
	}
	return OK;
}

const struct collector collect_antivirus = {
    .name = "antivirus",
    .about = "Malware protection that is installed: ClamAV and the sensors of vendors. No row means that none of those known is there.",
    .tables = (const struct table *const[]){&table_antivirus, NULL},
    .reads = (const char *const[]){"/usr/bin/clamscan", "/etc/clamav/clamd.conf", "/var/lib/clamav/daily.*", "/var/log/clamav/*.log",
	"/proc/*/comm", STATUS,
	"/opt/{carbonblack,traps,CrowdStrike,Elastic,eset,kaspersky,microsoft/"
	"mdatp,sentinelone,sophos-spl,McAfee,ds_agent,bitdefender-security-tools}",
	"/var/opt/{eset,kaspersky,microsoft/mdatp}", "/var/McAfee", NULL},
    .needs = "root where /proc hides others' processes and for logs of scans",
    .run = antivirus_run,
};
