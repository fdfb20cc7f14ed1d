/* Targets collect_socket_diag() and collect_socket_proc(). */
#include "fuzz_collect.h"

#include "collect/table/collect_socket.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 256 * KIB)
		return 0;
	struct collect_sockets sockets = {.job = job};
	FUZZ_MUST(collect_socket_diag(&sockets, "tcp", text).code == ERR_NONE);
	FUZZ_MUST(collect_socket_proc(&sockets, "tcp", false, text).code == ERR_NONE);
	FUZZ_MUST(collect_socket_proc(&sockets, "udp", true, text).code == ERR_NONE);
	for (size_t i = 0; i < sockets.len; i++)
		FUZZ_MUST(collect_socket_address(sockets.at[i].local, sockets.at[i].ipv6).at[0] != '\0');
	return 0;
}
