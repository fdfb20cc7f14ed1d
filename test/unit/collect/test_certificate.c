#include "kit_collect.h"

#include "collect/table/collect_certificate.h"

extern const struct collector collect_certificate;

/* Made for this test with openssl 3.0 and ssh-keygen; they guard nothing. */
static const char ec_certificate[] = "-----BEGIN CERTIFICATE-----\n"
				     "MIIB6jCCAZCgAwIBAgIUSfztc/LidaqRaYvCyudpzJWUGdMwCgYIKoZIzj0EAwIw\n"
				     "JzELMAkGA1UECgwCRXgxGDAWBgNVBAMMD3d3dy5leGFtcGxlLm9yZzAgFw0yNjEx\n"
				     "MjIwMjA3MzJaGA8yMTI2MTAyOTAyMDczMlowJzELMAkGA1UECgwCRXgxGDAWBgNV\n"
				     "BAMMD3d3dy5leGFtcGxlLm9yZzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABAb+\n"
				     "9x9Ogi4umrhjal2baEh0XAdDJL5ZHl4nPLCT3ZnXElvIbfOMtcaEKac4g4Psm8Wf\n"
				     "vGrlK+zKRdHCieQlwtejgZcwgZQwHQYDVR0OBBYEFMm0Fu9cD/Xpsy4lt9oJDjzE\n"
				     "cpftMB8GA1UdIwQYMBaAFMm0Fu9cD/Xpsy4lt9oJDjzEcpftMEQGA1UdEQQ9MDuC\n"
				     "D3d3dy5leGFtcGxlLm9yZ4cEwAACB4cQIAENuAAAAAAAAAAAAAAAAYEQamFuZUBl\n"
				     "eGFtcGxlLm9yZzAMBgNVHRMBAf8EAjAAMAoGCCqGSM49BAMCA0gAMEUCIQCvl7U9\n"
				     "7uugrYSgCw4qAhFW8cRZj4wMvGyP/S4OcADKHwIgcfgU5T3sjvu7EKBPYd324It5\n"
				     "8FHBatiTNh/v03G/AIQ=\n"
				     "-----END CERTIFICATE-----\n";
static const char ec_key[] = "-----BEGIN PRIVATE KEY-----\n"
			     "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBKcielFQ0mCSiRBU\n"
			     "LEXWo29zAKmNeERM7tmrr/7eKG+hRANCAAQG/vcfToIuLpq4Y2pdm2hIdFwHQyS+\n"
			     "WR5eJzywk92Z1xJbyG3zjLXGhCmnOIOD7JvFn7xq5SvsykXRwonkJcLX\n"
			     "-----END PRIVATE KEY-----\n";
static const char encrypted_key[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
				    "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhwkL8IIUbiOwICCAAw\n"
				    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEARxSBpGghWOkOI0oBQxgFgEgZA8\n"
				    "/2ogE1T3PtNeYFgTCALQ287v4HBQgHScOuknxrNUg/MA/pyS9i6YGlxuMsHo8nfE\n"
				    "NMawN/Wn9ghAfMjlbodEt4f8MgVIpdRVA9BNtBEfG2t03EdRUbLqlbxX88BmbP33\n"
				    "XunJfMjYxYCilfaOEy1IXmLheeLrjmDIy3XJXZAyTGYTmF6xyoVETiijU6UMdjY=\n"
				    "-----END ENCRYPTED PRIVATE KEY-----\n";
static const char encrypted_sec1_key[] = "-----BEGIN EC PRIVATE KEY-----\n"
					 "Proc-Type: 4,ENCRYPTED\n"
					 "DEK-Info: AES-128-CBC,770F4D1E3B38443962AC3729232A589C\n"
					 "\n"
					 "v0Q3/mXKBYoIEh3ytnELS4GnAKP2TiQpSLqId2qPBchWtVvXSZpwDsg2NSKySo3Z\n"
					 "7h4g8eXUl7lmBN20YBkK6OuiQKRtdzE9HzJ0iBQyq89DVx9QD7M3wR0M4QwC46VX\n"
					 "5BDmLTWPk9nJVeo4CAMYuUXO1R7nuVSN3HcLxq7bTBc=\n"
					 "-----END EC PRIVATE KEY-----\n";
static const char ssh_ed25519[] = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
				  "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
				  "QyNTUxOQAAACDoyz/wZ5h6Wvr83BCY1tYFmkrbEGuwYjnKxoNFR3WsHQAAAIhrWG1Aa1ht\n"
				  "QAAAAAtzc2gtZWQyNTUxOQAAACDoyz/wZ5h6Wvr83BCY1tYFmkrbEGuwYjnKxoNFR3WsHQ\n"
				  "AAAEBKkb97GfeyZ2cTDeCJ4tQlJLvqRthW6Hutb8NRCbz38+jLP/BnmHpa+vzcEJjW1gWa\n"
				  "StsQa7BiOcrGg0VHdawdAAAAAAECAwQF\n"
				  "-----END OPENSSH PRIVATE KEY-----\n";
static const char ssh_ecdsa_encrypted[] = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
					  "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABD8Crstiv\n"
					  "if+RvHRUP9TrN7AAAAEAAAAAEAAABoAAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlz\n"
					  "dHAyNTYAAABBBOt+0Ne8be8neHpwWm8KnSOFtaE7KDnmsYNHqfoCbH2sOO0IQJHHVS5jHo\n"
					  "iZgbaapXHW4vv19QL8pgR0pCNZxcEAAACg19ofLua72k9mD5zYLfQUZVgx2Hj67rKTNAnu\n"
					  "ISkpdas0uXBCcb1PercYUE/XkbWMNWgEySxlZSbiapfZogCJb0kGywWFR7hFDEQ/lvfgmz\n"
					  "GBzm1pdv8ZfvCL0QeZ6vj9MyxHTA61mTKU6sIDQHSMewEot8QVVZ+maXKlvqK/B1hlLCfS\n"
					  "Y8ntLQeKr8mBCemMKJaravuYDc2yz0eRXceaCA==\n"
					  "-----END OPENSSH PRIVATE KEY-----\n";
static const char ssh_rsa[] = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
			      "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAlwAAAAdzc2gtcn\n"
			      "NhAAAAAwEAAQAAAIEAzuS5CWuKKvF4ytYlt6WkZWxXuQwXXotdDgFuM2yeBfc51KJdZj/W\n"
			      "dun4bQcNlW9wK8BkwGTQkkyU6ZPlcr+5/R/mkDaUBZdHUD1MXUXkhkBtTXSXA9ejapq1uK\n"
			      "OqYSoiamHBuhSJ1ZSUvjbeOjYvmaQcw3I806Ah6w84RsEvfQ0AAAIAOWe4rjlnuK4AAAAH\n"
			      "c3NoLXJzYQAAAIEAzuS5CWuKKvF4ytYlt6WkZWxXuQwXXotdDgFuM2yeBfc51KJdZj/Wdu\n"
			      "n4bQcNlW9wK8BkwGTQkkyU6ZPlcr+5/R/mkDaUBZdHUD1MXUXkhkBtTXSXA9ejapq1uKOq\n"
			      "YSoiamHBuhSJ1ZSUvjbeOjYvmaQcw3I806Ah6w84RsEvfQ0AAAADAQABAAAAgES9zBksKQ\n"
			      "ExsA+87VVCbQfh4peyQ8V/CpEPupzNdwfGZ+mVdPD3PvvNq2QWVtYS67MtvowKMx6Y4VVm\n"
			      "dXMV7uZpZEtVaJYgE7nyI/aIHVshZhPB00UwQOzjVfIQMCNiuwXk7ettN/W1IMNZiaG9Rw\n"
			      "FomN58LXKUyRW3w6aHXpShAAAAQHVdRkXvtHJJrtHkZdCHLjylwnsgIsV8Et/w11czVOLx\n"
			      "s5vTsxXh6p5PRs503uvfmRVo966hJNrZ5EYIoV0h6nIAAABBAPIr15pK8FFuSKUukvFEGT\n"
			      "sR+/nZjBvyPq/CgCzYoeKGa88Gn04hTrZYOktwG/SdADPAvWz9avO060rN0EL883UAAABB\n"
			      "ANq1LNz+qFQQMP2ivORRMftug9WJOKEb63oNqxDgHmdn+dL1mevKLZNgZxC+7ggY/iaPXR\n"
			      "bfIwxXDiu9hRInKDkAAAAHcm9vdEB2bQECAwQ=\n"
			      "-----END OPENSSH PRIVATE KEY-----\n";

static const char mail_certificate[] = "-----BEGIN CERTIFICATE-----\n"
				       "MIIB6TCCAY+gAwIBAgIUHpPHf7t8MtZkDvEkND5vyclkyEQwCgYIKoZIzj0EAwIw\n"
				       "STELMAkGA1UECgwCRXgxGTAXBgNVBAMMEG1haWwuZXhhbXBsZS5vcmcxHzAdBgkq\n"
				       "hkiG9w0BCQEWEGphbmVAZXhhbXBsZS5vcmcwIBcNMjYxMTIyMDMxMTM3WhgPMjEy\n"
				       "NjEwMjkwMzExMzdaMEkxCzAJBgNVBAoMAkV4MRkwFwYDVQQDDBBtYWlsLmV4YW1w\n"
				       "bGUub3JnMR8wHQYJKoZIhvcNAQkBFhBqYW5lQGV4YW1wbGUub3JnMFkwEwYHKoZI\n"
				       "zj0CAQYIKoZIzj0DAQcDQgAEkyuTLZn01qzYrCJ0FFoFhmCjahCtQ8gUtFs0W5LA\n"
				       "vKumzeRAnMIMWJQlNo395lak5kJ0xSPz8tSyC42jz85GY6NTMFEwHQYDVR0OBBYE\n"
				       "FMK7mO3KFHwdc25KpCqcs2zO0BteMB8GA1UdIwQYMBaAFMK7mO3KFHwdc25KpCqc\n"
				       "s2zO0BteMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAPeK/Vbs\n"
				       "EOo+EtwqVFm4AHRN/mQFE8DuPgEgFHFjGFqzAiADZhKm/pi4S8I1jgyLOoG4DXgH\n"
				       "VFLlTFL4DBGQRllThQ==\n"
				       "-----END CERTIFICATE-----\n";

#define KEY_DIGEST "ca22a360a34bb522234eab522aa370ce3e01fb9b2630e3dc6b2fd92c43dd81fd"

static void
test_collect_certificate__reads_a_certificate(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/nginx/tls/site.pem", ec_certificate);
	kit_collect(&got, &collect_certificate, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	ASSERT_ROWS_HAVE(&got.rows[0],
	    "[\"/etc/nginx/tls/site.pem\",1,\"CN=www.example.org,O=Ex\",\"CN=www.example.org,O=Ex\","
	    "\"49fced73f2e275aa91698bc2cae769cc959419d3\",1795313252000000,4948913252000000,\"ec\",256,\"ecdsa-with-SHA256\","
	    "\"www.example.org,192.0.2.7,2001:db8:0:0:0:0:0:1\",0,1,"
	    "\"a3a26f4a8c267dee347b279425dddb560b64c4daabef17da77870fb2fb735007\",\"" KEY_DIGEST "\"]");
	ASSERT_ROWS_LACK(&got.rows[0], "jane");
	assert_int_equal(got.rows[1].len, 0);
	kit_rmdir(root);
}

static void
test_collect_certificate__reads_keys_and_keeps_none(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/ssl/private/a.key", ec_key);
	kit_file(root, "/etc/ssl/private/b.key", encrypted_key);
	kit_file(root, "/etc/ssl/private/c.key", encrypted_sec1_key);
	kit_file(root, "/etc/ssl/private/d.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
	kit_file(root, "/etc/ssh/ssh_host_ed25519_key", ssh_ed25519);
	kit_file(root, "/etc/ssh/ssh_host_ecdsa_key", ssh_ecdsa_encrypted);
	kit_file(root, "/etc/ssh/ssh_host_rsa_key", ssh_rsa);
	kit_file(root, "/etc/ssh/ssh_host_rsa_key.pub", "ssh-rsa AAAA\n");
	kit_collect(&got, &collect_certificate, root);
	ASSERT_STATE(&got.rows[1], READING_READ);
	assert_int_equal(got.rows[1].len, 7);
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"/etc/ssl/private/a.key\",\"ec\",256,0,\"0644\",0,0,\"" KEY_DIGEST "\"]");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"/etc/ssl/private/b.key\",\"unknown\",0,1,");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"/etc/ssl/private/c.key\",\"ec\",0,1,");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"/etc/ssl/private/d.key\",\"unknown\",0,0,");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"/etc/ssh/ssh_host_ed25519_key\",\"ed25519\",256,0,");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"/etc/ssh/ssh_host_ecdsa_key\",\"ec\",256,1,");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"/etc/ssh/ssh_host_rsa_key\",\"rsa\",1024,0,");
	ASSERT_ROWS_LACK(&got.rows[1], "AAAA");
	kit_rmdir(root);
}

static void
test_collect_certificate__a_key_is_wiped_from_memory(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct rows certificates, keys;
	struct stat st = {.st_mode = 0600};
	slice text;
	rows_open(&certificates, job, &table_certificate);
	rows_open(&keys, job, &table_private_key);
	ASSERT_OK(job_copy(job, slice_of(ec_key), &text));
	ASSERT_OK(collect_certificate_parse(job, S("/k"), &st, text, &certificates, &keys));
	assert_int_equal(keys.len, 1);
	for (size_t i = 0; i < text.len; i++)
		assert_int_equal(text.at[i], 0);
}

static void
test_collect_certificate__keeps_no_address_of_a_person(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/ssl/mail.crt", mail_certificate);
	kit_collect(&got, &collect_certificate, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "\"CN=mail.example.org,O=Ex\",\"CN=mail.example.org,O=Ex\"");
	ASSERT_ROWS_LACK(&got.rows[0], "jane");
	kit_rmdir(root);
}

static void
test_collect_certificate__leaves_the_ca_store_out(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	slice link;
	kit_file(root, "/usr/share/ca-certificates/mozilla/A.crt", ec_certificate);
	kit_file(root, "/etc/ssl/certs/ca-certificates.crt", ec_certificate);
	ASSERT_OK(job_format(kit_job(), &link, "%s/etc/ssl/certs/A.pem", root));
	assert_int_equal(symlink("/usr/share/ca-certificates/mozilla/A.crt", link.at), 0);
	kit_collect(&got, &collect_certificate, root);
	assert_int_equal(got.rows[0].len, 0);
	kit_file(root, "/etc/ssl/certs/own.pem", ec_certificate);
	kit_collect(&got, &collect_certificate, root);
	assert_int_equal(got.rows[0].len, 1);
	kit_rmdir(root);
}

static void
test_collect_certificate__an_unreadable_key_is_could_not_look(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	if (geteuid() != 0)
		skip();
	kit_fresh();
	const char *root = kit_mkdir();
	slice path;
	kit_file(root, "/etc/ssl/a.pem", ec_certificate);
	kit_file(root, "/etc/ssl/b.key", ec_key);
	kit_file(root, "/etc/ssl/c.key", ec_key);
	ASSERT_OK(job_format(kit_job(), &path, "%s/etc/ssl/b.key", root));
	assert_int_equal(chmod(path.at, 0600), 0);
	assert_int_equal(chmod(root, 0755), 0);
	assert_int_equal(seteuid(65534), 0);
	kit_collect(&got, &collect_certificate, root);
	assert_int_equal(seteuid(0), 0);
	ASSERT_STATE(&got.rows[0], READING_READ);
	assert_int_equal(got.rows[0].len, 1);
	ASSERT_STATE(&got.rows[1], READING_COULD_NOT_LOOK);
	assert_int_equal(got.rows[1].len, 0);
	/* What may be a certificate and cannot be read is not left out in silence. */
	ASSERT_OK(job_format(kit_job(), &path, "%s/etc/ssl/a.pem", root));
	assert_int_equal(chmod(path.at, 0600), 0);
	assert_int_equal(seteuid(65534), 0);
	kit_collect(&got, &collect_certificate, root);
	assert_int_equal(seteuid(0), 0);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_certificate__reads_what_servers_name(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/opt/app/tls/site", ec_certificate);
	kit_file(root, "/opt/app/tls/other", ec_certificate);
	kit_file(root, "/opt/app/tls/key", ec_key);
	kit_file(root, "/etc/nginx-old/site.pem", ec_certificate); /* beside the folder, not in it */
	kit_file(root, "/etc/nginx/nginx.conf",
	    "http { server { listen 443 ssl; ssl_certificate /opt/app/tls/site; ssl_certificate_key /opt/app/tls/key; }\n"
	    "server { listen 444 ssl; ssl_certificate /opt/app/tls/site; ssl_certificate /gone; }\n"
	    "server { listen 445 ssl; ssl_certificate /etc/nginx-old/site.pem; } }\n");
	kit_collect(&got, &collect_certificate, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	assert_int_equal(got.rows[0].len, 2);
	ASSERT_ROWS_HAVE(&got.rows[0], "/etc/nginx-old/site.pem");
	ASSERT_ROWS_HAVE(&got.rows[0], "/opt/app/tls/site");
	ASSERT_ROWS_HAVE(&got.rows[1], "/opt/app/tls/key");
	kit_rmdir(root);
}

static void
test_collect_certificate__bears_hostile_bytes(void **state)
{
	(void)state;
	static const char *const texts[] = {"-----BEGIN CERTIFICATE-----\n%%%%\n-----END CERTIFICATE-----\n",
	    "-----BEGIN CERTIFICATE-----\nMIIB6j", "-----BEGIN -----\n-----END -----\n", "\x30\x82\xff\xff",
	    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA/////w==\n-----END X-----\n", NULL};
	struct stat st = {.st_mode = 0600};
	for (size_t i = 0; texts[i] != NULL; i++) {
		struct job *job = kit_fresh();
		struct rows certificates, keys;
		slice text;
		rows_open(&certificates, job, &table_certificate);
		rows_open(&keys, job, &table_private_key);
		ASSERT_OK(job_copy(job, slice_of(texts[i]), &text));
		ASSERT_OK(collect_certificate_parse(job, S("/x"), &st, text, &certificates, &keys));
		assert_int_equal(certificates.len, 0);
		assert_int_equal(keys.len, i == 4 ? 1 : 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_certificate__reads_a_certificate),
	    cmocka_unit_test(test_collect_certificate__reads_keys_and_keeps_none),
	    cmocka_unit_test(test_collect_certificate__a_key_is_wiped_from_memory),
	    cmocka_unit_test(test_collect_certificate__keeps_no_address_of_a_person),
	    cmocka_unit_test(test_collect_certificate__leaves_the_ca_store_out),
	    cmocka_unit_test(test_collect_certificate__an_unreadable_key_is_could_not_look),
	    cmocka_unit_test(test_collect_certificate__reads_what_servers_name),
	    cmocka_unit_test(test_collect_certificate__bears_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
