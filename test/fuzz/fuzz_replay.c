/*
 * Replays a folder of inputs through a fuzz target: what `meson test` runs in builds without libFuzzer.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static int
replay(const char *folder, const char *name)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		return 0;
	size_t room = (size_t)4 << 20;
	uint8_t *at = malloc(room);
	size_t len = at == NULL ? 0 : fread(at, 1, room, file);
	fclose(file);
	(void)LLVMFuzzerTestOneInput(at, len);
	free(at);
	return 1;
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	DIR *dir = opendir(argv[1]);
	if (dir == NULL) {
		fprintf(stderr, "%s: the folder of seeds is missing\n", argv[1]);
		return 1;
	}
	int seen = 0;
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		if (entry->d_name[0] != '.')
			seen += replay(argv[1], entry->d_name);
	closedir(dir);
	printf("%d inputs replayed\n", seen);
	return seen > 0 ? 0 : 1;
}
