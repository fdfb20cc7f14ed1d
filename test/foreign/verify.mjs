// Entries of an export verified by npm's official Sigstore verifier, without a line of assay.
//
//	node verify.mjs FOLDER [ENTRY …]
//
// Without a number, every bundle there is. The verifier is found beside this file (npm ci) or in $FOREIGN_MODULES.
import { createPublicKey } from 'node:crypto';
import { createRequire } from 'node:module';
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const require = createRequire(process.env.FOREIGN_MODULES ? join(resolve(process.env.FOREIGN_MODULES), 'x.cjs') : import.meta.url);
const { bundleFromJSON } = require('@sigstore/bundle');
const { TrustedRoot } = require('@sigstore/protobuf-specs');
const { Verifier, toSignedEntity, toTrustMaterial } = require('@sigstore/verify');

const [folder, ...numbers] = process.argv.slice(2);

// The keys this export says its entries are signed with, by the hint its bundles give.
const find = (hint) => {
	if (!/^[0-9a-f]{64}$/.test(hint)) throw new Error(`no key ${hint}`);
	return { publicKey: createPublicKey(readFileSync(join(folder, 'keys', `${hint}.pem`))), validFor: () => true };
};

const path = (n) => {
	let name = String(n % 1000).padStart(3, '0');
	for (n = Math.floor(n / 1000); n > 0; n = Math.floor(n / 1000)) name = `x${String(n % 1000).padStart(3, '0')}/${name}`;
	return join('bundles', `${name}.sigstore.json`);
};
const every = (at) =>
	readdirSync(join(folder, at), { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? every(join(at, e.name)) : [join(at, e.name)]));

const files = numbers.length > 0 ? numbers.map((n) => path(Number(n))) : every('bundles');
try {
	const root = TrustedRoot.fromJSON(JSON.parse(readFileSync(join(folder, 'trusted_root.json'), 'utf8')));
	const verifier = new Verifier(toTrustMaterial(root, find), { tlogThreshold: 1, ctlogThreshold: 0, timestampThreshold: 0 });
	for (const file of files)
		try {
			verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(readFileSync(join(folder, file), 'utf8')))));
		} catch (error) {
			throw new Error(`${file}: ${error.message}`);
		}
	console.log(`OK: ${files.length} bundles`);
} catch (error) {
	console.error(`REFUSED: ${error.message}`);
	process.exit(1);
}
