/*
 * sshd's keywords with the defaults of the versions that Debian 12 (9.2), Ubuntu 24.04 (9.6) and Debian 13 (10.0) bring.
 * Older versions are read with the defaults of 9.2, newer ones with the newest here.
 */
#include "collect/table/collect_sshd_setting.h"

#include <string.h>

#define KEX_CLASSIC "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521"
#define KEX_GROUPS                                                                                                                         \
	"diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256"
#define KEX_SNTRUP "sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com"
#define SIGNATURES                                                                                                                         \
	"ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,sk-ssh-ed25519@openssh.com,"                              \
	"sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,rsa-sha2-256"
#define CERTIFICATES                                                                                                                       \
	"ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,ecdsa-sha2-nistp384-cert-v01@openssh.com,"              \
	"ecdsa-sha2-nistp521-cert-v01@openssh.com,sk-ssh-ed25519-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com,"        \
	"rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com"
#define MACS                                                                                                                               \
	"umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"                    \
	"hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1"
#define CIPHERS_CTR "aes128-ctr,aes192-ctr,aes256-ctr"
#define CIPHERS_GCM "aes128-gcm@openssh.com,aes256-gcm@openssh.com"
#define CHACHA "chacha20-poly1305@openssh.com"

const struct sshd_keyword sshd_keywords[] = {
    {"acceptenv", SSHD_LIST, 0, ""},
    {"addressfamily", SSHD_WORD, 0, "any"},
    {"allowagentforwarding", SSHD_WORD, 0, "yes"},
    {"allowgroups", SSHD_LIST, 0, ""},
    {"allowstreamlocalforwarding", SSHD_WORD, 0, "yes"},
    {"allowtcpforwarding", SSHD_WORD, 0, "yes"},
    {"allowusers", SSHD_LIST, 0, ""},
    {"authenticationmethods", SSHD_TEXT, 0, "any"},
    {"authorizedkeyscommand", SSHD_COMMAND, 0, "none"},
    {"authorizedkeyscommanduser", SSHD_TEXT, 0, "none"},
    {"authorizedkeysfile", SSHD_TEXT, 0, ".ssh/authorized_keys .ssh/authorized_keys2"},
    {"authorizedprincipalscommand", SSHD_COMMAND, 0, "none"},
    {"authorizedprincipalscommanduser", SSHD_TEXT, 0, "none"},
    {"authorizedprincipalsfile", SSHD_TEXT, 0, "none"},
    {"banner", SSHD_TEXT, 0, "none"},
    {"casignaturealgorithms", SSHD_ALGORITHM, 0, SIGNATURES},
    {"channeltimeout", SSHD_TEXT, 0, "none"},
    {"chrootdirectory", SSHD_TEXT, 0, "none"},
    {"ciphers", SSHD_ALGORITHM, 0, CHACHA "," CIPHERS_CTR "," CIPHERS_GCM},
    {"ciphers", SSHD_ALGORITHM, 1000, CHACHA "," CIPHERS_GCM "," CIPHERS_CTR},
    {"clientalivecountmax", SSHD_TEXT, 0, "3"},
    {"clientaliveinterval", SSHD_TIME, 0, "0"},
    {"compression", SSHD_WORD, 0, "yes"},
    {"debianbanner", SSHD_WORD, 0, "yes"},
    {"denygroups", SSHD_LIST, 0, ""},
    {"denyusers", SSHD_LIST, 0, ""},
    {"disableforwarding", SSHD_WORD, 0, "no"},
    {"exposeauthinfo", SSHD_WORD, 0, "no"},
    {"fingerprinthash", SSHD_UPPER, 0, "SHA256"},
    {"forcecommand", SSHD_COMMAND, 0, "none"},
    {"gatewayports", SSHD_WORD, 0, "no"},
    {"gssapiauthentication", SSHD_WORD, 0, "no"},
    {"gssapicleanupcredentials", SSHD_WORD, 0, "yes"},
    {"gssapikexalgorithms", SSHD_TEXT, 0,
	"gss-group14-sha256-,gss-group16-sha512-,gss-nistp256-sha256-,gss-curve25519-sha256-,gss-group14-sha1-,gss-gex-sha1-"},
    {"gssapikeyexchange", SSHD_WORD, 0, "no"},
    {"gssapistorecredentialsonrekey", SSHD_WORD, 0, "no"},
    {"gssapistrictacceptorcheck", SSHD_WORD, 0, "yes"},
    {"hostbasedacceptedalgorithms", SSHD_ALGORITHM, 0, CERTIFICATES "," SIGNATURES},
    {"hostbasedauthentication", SSHD_WORD, 0, "no"},
    {"hostbasedusesnamefrompacketonly", SSHD_WORD, 0, "no"},
    {"hostcertificate", SSHD_LINE, 0, ""},
    {"hostkey", SSHD_LIST, 0, "/etc/ssh/ssh_host_rsa_key /etc/ssh/ssh_host_ecdsa_key /etc/ssh/ssh_host_ed25519_key"},
    {"hostkeyagent", SSHD_TEXT, 0, "none"},
    {"hostkeyalgorithms", SSHD_ALGORITHM, 0, CERTIFICATES "," SIGNATURES},
    {"ignorerhosts", SSHD_WORD, 0, "yes"},
    {"ignoreuserknownhosts", SSHD_WORD, 0, "no"},
    {"ipqos", SSHD_WORD, 0, "lowdelay throughput"},
    {"kbdinteractiveauthentication", SSHD_WORD, 0, "yes"},
    {"kerberosauthentication", SSHD_WORD, 0, "no"},
    {"kerberosorlocalpasswd", SSHD_WORD, 0, "yes"},
    {"kerberosticketcleanup", SSHD_WORD, 0, "yes"},
    {"kexalgorithms", SSHD_ALGORITHM, 0, KEX_SNTRUP "," KEX_CLASSIC "," KEX_GROUPS},
    {"kexalgorithms", SSHD_ALGORITHM, 909, KEX_SNTRUP ",mlkem768x25519-sha256," KEX_CLASSIC "," KEX_GROUPS},
    {"kexalgorithms", SSHD_ALGORITHM, 1000, "mlkem768x25519-sha256," KEX_SNTRUP "," KEX_CLASSIC},
    {"listenaddress", SSHD_LINE, 0, "0.0.0.0 [::]"},
    {"logingracetime", SSHD_TIME, 0, "120"},
    {"loglevel", SSHD_UPPER, 0, "INFO"},
    {"logverbose", SSHD_TEXT, 0, "none"},
    {"macs", SSHD_ALGORITHM, 0, MACS},
    {"maxauthtries", SSHD_TEXT, 0, "6"},
    {"maxsessions", SSHD_TEXT, 0, "10"},
    {"maxstartups", SSHD_STARTUPS, 0, "10:30:100"},
    {"modulifile", SSHD_TEXT, 0, "/etc/ssh/moduli"},
    {"passwordauthentication", SSHD_WORD, 0, "yes"},
    {"permitemptypasswords", SSHD_WORD, 0, "no"},
    {"permitlisten", SSHD_TEXT, 0, "any"},
    {"permitopen", SSHD_TEXT, 0, "any"},
    {"permitrootlogin", SSHD_WORD, 0, "prohibit-password"},
    {"permittty", SSHD_WORD, 0, "yes"},
    {"permittunnel", SSHD_WORD, 0, "no"},
    {"permituserenvironment", SSHD_TEXT, 0, "no"},
    {"permituserrc", SSHD_WORD, 0, "yes"},
    {"persourcemaxstartups", SSHD_TEXT, 0, "none"},
    {"persourcenetblocksize", SSHD_TEXT, 0, "32:128"},
    {"persourcepenalties", SSHD_TEXT, 908, "yes"},
    {"persourcepenaltyexemptlist", SSHD_TEXT, 908, "none"},
    {"pidfile", SSHD_TEXT, 0, "/run/sshd.pid"},
    {"port", SSHD_LIST, 0, "22"},
    {"printlastlog", SSHD_WORD, 0, "yes"},
    {"printmotd", SSHD_WORD, 0, "yes"},
    {"pubkeyacceptedalgorithms", SSHD_ALGORITHM, 0, CERTIFICATES "," SIGNATURES},
    {"pubkeyauthentication", SSHD_WORD, 0, "yes"},
    {"pubkeyauthoptions", SSHD_WORD, 0, "none"},
    {"rdomain", SSHD_TEXT, 0, "none"},
    {"refuseconnection", SSHD_WORD, 909, "no"},
    {"rekeylimit", SSHD_REKEY, 0, "0 0"},
    {"requiredrsasize", SSHD_TEXT, 0, "1024"},
    {"revokedkeys", SSHD_TEXT, 0, "none"},
    {"securitykeyprovider", SSHD_TEXT, 0, "internal"},
    {"setenv", SSHD_NAME, 0, ""},
    {"sshdauthpath", SSHD_TEXT, 1000, "/usr/lib/openssh/sshd-auth"},
    {"sshdsessionpath", SSHD_TEXT, 908, "/usr/lib/openssh/sshd-session"},
    {"streamlocalbindmask", SSHD_TEXT, 0, "0177"},
    {"streamlocalbindunlink", SSHD_WORD, 0, "no"},
    {"strictmodes", SSHD_WORD, 0, "yes"},
    {"subsystem", SSHD_LINE, 0, ""},
    {"syslogfacility", SSHD_UPPER, 0, "AUTH"},
    {"tcpkeepalive", SSHD_WORD, 0, "yes"},
    {"trustedusercakeys", SSHD_TEXT, 0, "none"},
    {"unusedconnectiontimeout", SSHD_TIME, 0, "none"},
    {"usedns", SSHD_WORD, 0, "no"},
    {"usepam", SSHD_WORD, 0, "no"},
    {"versionaddendum", SSHD_TEXT, 0, "none"},
    {"x11displayoffset", SSHD_TEXT, 0, "10"},
    {"x11forwarding", SSHD_WORD, 0, "no"},
    {"x11uselocalhost", SSHD_WORD, 0, "yes"},
    {"xauthlocation", SSHD_TEXT, 0, "/usr/bin/xauth"},
    {NULL, SSHD_TEXT, 0, NULL},
};

/* Old spellings that sshd still takes. */
static const char *const sshd_alias[][2] = {
    {"challengeresponseauthentication", "kbdinteractiveauthentication"},
    {"skeyauthentication", "kbdinteractiveauthentication"},
    {"dsaauthentication", "pubkeyauthentication"},
    {"hostbasedacceptedkeytypes", "hostbasedacceptedalgorithms"},
    {"hostdsakey", "hostkey"},
    {"keepalive", "tcpkeepalive"},
    {"pubkeyacceptedkeytypes", "pubkeyacceptedalgorithms"},
};

const struct sshd_keyword *
sshd_keyword_find(slice name, int version)
{
	for (size_t i = 0; i < sizeof sshd_alias / sizeof *sshd_alias; i++)
		if (slice_same_nocase(name, slice_of(sshd_alias[i][0])))
			name = slice_of(sshd_alias[i][1]);
	const struct sshd_keyword *found = NULL;
	for (const struct sshd_keyword *at = sshd_keywords; at->name != NULL; at++)
		if (at->since <= version && slice_same_nocase(name, slice_of(at->name)))
			found = at;
	return found;
}

bool
sshd_keyword_global(const struct sshd_keyword *keyword)
{
	static const char *const names[] = {"addressfamily", "ciphers", "compression", "debianbanner", "fingerprinthash",
	    "gssapicleanupcredentials", "gssapikexalgorithms", "gssapikeyexchange", "gssapistorecredentialsonrekey",
	    "gssapistrictacceptorcheck", "hostcertificate", "hostkey", "hostkeyagent", "hostkeyalgorithms", "ignoreuserknownhosts",
	    "kerberosorlocalpasswd", "kerberosticketcleanup", "kexalgorithms", "listenaddress", "logingracetime", "macs", "maxstartups",
	    "modulifile", "permituserenvironment", "persourcemaxstartups", "persourcenetblocksize", "persourcepenalties",
	    "persourcepenaltyexemptlist", "pidfile", "port", "printlastlog", "printmotd", "securitykeyprovider", "sshdauthpath",
	    "sshdsessionpath", "strictmodes", "syslogfacility", "tcpkeepalive", "usedns", "usepam", "versionaddendum", "xauthlocation"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(keyword->name, names[i]) == 0)
			return true;
	return false;
}

const char *
sshd_keyword_all(const struct sshd_keyword *keyword)
{
	if (strcmp(keyword->name, "ciphers") == 0)
		return "3des-cbc,aes128-cbc,aes192-cbc,aes256-cbc," CIPHERS_CTR "," CIPHERS_GCM "," CHACHA;
	if (strcmp(keyword->name, "macs") == 0)
		return "hmac-sha1,hmac-sha1-96,hmac-sha2-256,hmac-sha2-512,hmac-md5,hmac-md5-96,umac-64@openssh.com,umac-128@openssh.com,"
		       "hmac-sha1-etm@openssh.com,hmac-sha1-96-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"
		       "hmac-md5-etm@openssh.com,hmac-md5-96-etm@openssh.com,umac-64-etm@openssh.com,umac-128-etm@openssh.com";
	if (strcmp(keyword->name, "kexalgorithms") == 0)
		return "diffie-hellman-group1-sha1,diffie-hellman-group14-sha1,diffie-hellman-group14-sha256,diffie-hellman-group16-sha512,"
		       "diffie-hellman-group18-sha512,diffie-hellman-group-exchange-sha1,diffie-hellman-group-exchange-sha256,ecdh-sha2-"
		       "nistp256,"
		       "ecdh-sha2-nistp384,ecdh-sha2-nistp521,curve25519-sha256,curve25519-sha256@libssh.org," KEX_SNTRUP
		       ",mlkem768x25519-sha256";
	return "ssh-dss,ssh-rsa,ssh-dss-cert-v01@openssh.com,ssh-rsa-cert-v01@openssh.com,webauthn-sk-ecdsa-sha2-nistp256@openssh."
	       "com," CERTIFICATES "," SIGNATURES;
}
