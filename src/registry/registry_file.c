/*
 * What kind of file some bytes are. From the bytes alone: a name says what its giver wants us to think.
 */
#include "registry/registry_write.h"

#include "base/text.h"

slice
registry_file_type(slice bytes)
{
	static const struct {
		slice magic, type;
	} kinds[] = {{{"%PDF-", 5}, {"application/pdf", 15}}, {{"\x89PNG\r\n\x1a\n", 8}, {"image/png", 9}}, {{"\xff\xd8\xff", 3}, {"image/jpeg", 10}},
	    {{"GIF8", 4}, {"image/gif", 9}}, {{"PK\x03\x04", 4}, {"application/zip", 15}}, {{"\x1f\x8b", 2}, {"application/gzip", 16}},
	    {{"\xd0\xcf\x11\xe0", 4}, {"application/x-ole-storage", 25}}, {{"{", 1}, {"application/json", 16}},
	    {{"-----BEGIN ", 11}, {"application/x-pem-file", 22}}};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (slice_starts(bytes, kinds[i].magic))
			return kinds[i].type;
	slice head = slice_part(bytes, 0, 64 * KIB);
	return text_utf8(bytes.len <= 64 * KIB ? bytes : head) && slice_find(head, '\0') == head.len ? S("text/plain") : S("application/octet-stream");
}
