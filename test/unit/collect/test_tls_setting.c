#include "kit_collect.h"

#include "collect/table/collect_tls_setting.h"

extern const struct collector collect_tls_setting;

static void
test_collect_tls_setting__openssl_follows_the_sections(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/ssl/openssl.cnf",
	    "openssl_conf = init # main\n[init]\nssl_conf = ssl_sect\n[ssl_sect]\nsystem_default = sys\n[sys]\n# x\nMinProtocol = "
	    "TLSv1.0\n[other]\nMaxProtocol = SSLv3\n");
	kit_collect(&got, &collect_tls_setting, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"openssl\",\"\",\"minprotocol\",\"TLSv1.0\",\"/etc/ssl/openssl.cnf\",8,\"file\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"openssl\",\"\",\"maxprotocol\",\"\",\"\",0,\"default\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"openssl\",\"\",\"cipherstring\",\"DEFAULT@SECLEVEL=2\",\"\",0,\"default\"]");
	kit_rmdir(root);
}

static void
test_collect_tls_setting__nginx_sites_inherit(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/nginx/nginx.conf",
	    "http {\n  # \"a\n  include sites/*.conf;\n include apps/*/tls.conf;\n  ssl_protocols TLSv1.2\n    TLSv1.3; # later\n}\n");
	kit_file(root, "/etc/nginx/apps/one/tls.conf", "server { listen 443 ssl; server_name d; ssl_ciphers ALL; }\n");
	kit_file(root, "/etc/nginx/sites/a.conf",
	    "server { listen 80; server_name plain; }\nserver {\n listen [::]:8443 ssl;\n server_name a.example b.example;\n ssl_protocols "
	    "TLSv1;\n"
	    " add_header Strict-Transport-Security \"max-age=63072000; preload\" always;\n location / { ssl_ciphers INSIDE; }\n}\n"
	    "server { listen 443 ssl; server_name c; }\n");
	kit_collect(&got, &collect_tls_setting, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"nginx\",\"\",\"ssl_protocols\",\"TLSv1.2 TLSv1.3\",\"/etc/nginx/nginx.conf\",5,\"file\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"nginx\",\"d:443\",\"ssl_ciphers\",\"ALL\",\"/etc/nginx/apps/one/tls.conf\",1,\"file\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"nginx\",\"a.example:8443\",\"ssl_protocols\",\"TLSv1\",\"/etc/nginx/sites/a.conf\",5,\"file\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"nginx\",\"a.example:8443\",\"strict-transport-security\",\"max-age=63072000; preload always\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"nginx\",\"c:443\",\"ssl_protocols\",\"TLSv1.2 TLSv1.3\",\"/etc/nginx/nginx.conf\",5,\"file\"]");
	ASSERT_ROWS_LACK(&got.rows[0], "plain");
	ASSERT_ROWS_LACK(&got.rows[0], "INSIDE");
	kit_rmdir(root);
}

static void
test_collect_tls_setting__apache_sites_inherit(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/apache2/apache2.conf",
	    "IncludeOptional mods-enabled/*.conf\nIncludeOptional nowhere/*.conf\n<IfModule !mod_ssl.c>\nSSLProtocol SSLv2\n</IfModule>\n");
	kit_file(root, "/etc/apache2/mods-enabled/ssl.conf",
	    "<IfModule mod_ssl.c>\n SSLProtocol all -SSLv3 \\\n  -TLSv1\n</IfModule>\n<VirtualHost *:443>\nServerName "
	    "\"w.example:443\"\nSSLEngine on\n"
	    "<Directory />\nSSLVerifyClient require\n</Directory>\n<LocationMatch ^/x>\nSSLVerifyClient "
	    "require\n</LocationMatch>\nSSLCertificateFile /etc/x.pem\n</VirtualHost>\n<VirtualHost "
	    "*:80>\nServerName p\n</VirtualHost>\n");
	kit_collect(&got, &collect_tls_setting, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	ASSERT_ROWS_HAVE(&got.rows[0],
	    "[\"apache\",\"w.example:443\",\"sslcertificatefile\",\"/etc/x.pem\",\"/etc/apache2/mods-enabled/ssl.conf\",14,\"file\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"apache\",\"w.example:443\",\"sslverifyclient\",\"none\",\"\",0,\"default\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "\"sslprotocol\",\"all -SSLv3");
	ASSERT_ROWS_LACK(&got.rows[0], "SSLv2");
	ASSERT_ROWS_LACK(&got.rows[0], "\"p:80\"");
	kit_rmdir(root);
}

static void
test_collect_tls_setting__postfix_last_wins_and_continues(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/postfix/main.cf",
	    "smtpd_tls_security_level = none\n# c\nsmtpd_tls_security_level = may\nsmtpd_tls_protocols = !SSLv2,\n  "
	    "!SSLv3\nsmtp_sasl_password = hunter2\n");
	kit_collect(&got, &collect_tls_setting, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "\"smtpd_tls_security_level\",\"may\",\"/etc/postfix/main.cf\",3,\"file\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "\"smtpd_tls_protocols\",\"!SSLv2, !SSLv3\",\"/etc/postfix/main.cf\",4,\"file\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "\"smtp_tls_protocols\",\">=TLSv1\",\"\",0,\"default\"]");
	ASSERT_ROWS_LACK(&got.rows[0], "hunter2");
	kit_rmdir(root);
}

static void
test_collect_tls_setting__absent_and_could_not_look(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_tls_setting, root);
	ASSERT_STATE(&got.rows[0], READING_ABSENT);
	kit_file(root, "/etc/nginx/nginx.conf", "include nginx.conf;\n"); /* includes itself */
	kit_collect(&got, &collect_tls_setting, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	ASSERT_ROWS_HAVE(&got.rows[0], "levels of includes");
	if (geteuid() == 0) {
		slice path;
		kit_file(root, "/etc/nginx/nginx.conf", "http {}\n");
		ASSERT_OK(job_format(kit_job(), &path, "%s/etc/nginx/nginx.conf", root));
		assert_int_equal(chmod(path.at, 0600), 0);
		assert_int_equal(chmod(root, 0755), 0);
		assert_int_equal(seteuid(65534), 0);
		kit_collect(&got, &collect_tls_setting, root);
		assert_int_equal(seteuid(0), 0);
		ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
		ASSERT_ROWS_HAVE(&got.rows[0], "nginx.conf");
	}
	kit_rmdir(root);
}

static void
test_collect_tls_setting__bears_hostile_bytes(void **state)
{
	(void)state;
	static const char *const texts[] = {"}}}{{{server{;;\"", "'\\", "server { server { listen \xff ssl; ssl_protocols \"\xc3",
	    "<VirtualHost", "<", "</", "[", "x = [\n", NULL};
	struct collect_tls tls;
	struct rows rows;
	for (size_t i = 0; texts[i] != NULL; i++) {
		struct job *job = kit_fresh();
		rows_open(&rows, job, &table_tls_setting);
		ASSERT_OK(collect_tls_open(&tls, job, "nginx"));
		ASSERT_OK(collect_tls_nginx(&tls, slice_of(texts[i]), "x", 0));
		ASSERT_OK(collect_tls_rows(&tls, &rows));
		ASSERT_OK(collect_tls_open(&tls, job, "apache"));
		ASSERT_OK(collect_tls_apache(&tls, slice_of(texts[i]), "x", 0));
		ASSERT_OK(collect_tls_rows(&tls, &rows));
		ASSERT_OK(collect_tls_open(&tls, job, "openssl"));
		ASSERT_OK(collect_tls_openssl(&tls, slice_of(texts[i]), "x"));
		ASSERT_OK(collect_tls_open(&tls, job, "postfix"));
		ASSERT_OK(collect_tls_postfix(&tls, slice_of(texts[i]), "x"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_tls_setting__openssl_follows_the_sections),
	    cmocka_unit_test(test_collect_tls_setting__nginx_sites_inherit),
	    cmocka_unit_test(test_collect_tls_setting__apache_sites_inherit),
	    cmocka_unit_test(test_collect_tls_setting__postfix_last_wins_and_continues),
	    cmocka_unit_test(test_collect_tls_setting__absent_and_could_not_look),
	    cmocka_unit_test(test_collect_tls_setting__bears_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
