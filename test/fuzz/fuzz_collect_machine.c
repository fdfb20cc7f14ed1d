/* Targets collect_machine_cloud(), collect_machine_hypervisor(), collect_group_name(), collect_socket_listens() and
 * collect_status_version(). */
#include "fuzz_collect.h"

#include "collect/table/collect_machine.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 256 * KIB)
		return 0;
	(void)job;
	FUZZ_MUST(collect_machine_cloud(text, text, text) != NULL);
	(void)collect_machine_hypervisor(text);
	(void)collect_group_name(text, 5);
	(void)collect_socket_listens(text, S("/run/docker.sock"));
	(void)collect_status_version(text, S("podman"));
	return 0;
}
