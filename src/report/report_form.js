/*
 * The questionnaire page: keeps what is typed, shows how far one is, and makes the signed answer file. Talks to nobody: the page's policy forbids it.
 */
(function () {
	'use strict';
	var data = JSON.parse(document.getElementById('data').textContent);
	var form = document.getElementById('form'), summary = document.getElementById('summary'), store = null;
	var key = 'assay-' + data.questionnaire;

	function element(id) {
		return document.getElementById(id);
	}

	/* Text as others can read it back: no control characters but line ends, no half of a character. */
	function clean(text) {
		return text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0009\u000b-\u001f\u007f]/g, ' ').replace(/[\ud800-\udfff]/gu, '\ufffd').trim();
	}

	function value(question) {
		var picked;
		if (!question.choice) {
			picked = clean(element('f-' + question.id).value);
			return question.type === 'long' || question.type === 'list' ? picked : picked.replace(/\n+/g, ' ');
		}
		picked = form.querySelector('input[name="f-' + question.id + '"]:checked');
		return picked ? picked.value : '';
	}

	function put(question, text) {
		var inputs, i;
		if (!question.choice) {
			element('f-' + question.id).value = text;
			return;
		}
		inputs = form.querySelectorAll('input[name="f-' + question.id + '"]');
		for (i = 0; i < inputs.length; i++)
			inputs[i].checked = inputs[i].value === text;
	}

	/* Keeping */

	function answers() {
		var all = {};
		data.questions.forEach(function (question) {
			all[question.id] = value(question);
		});
		return all;
	}

	function save() {
		if (!store)
			return;
		try {
			store.setItem(key, JSON.stringify({answers: answers(), signer: element('signer').value}));
			element('saved').textContent = 'What you typed is kept in this browser until you remove it.';
		} catch (error) {
			element('saved').textContent = 'This browser does not keep what you type: finish before you close the page.';
		}
	}

	function restore() {
		var kept;
		try {
			store = window.localStorage;
			kept = JSON.parse(store.getItem(key));
		} catch (error) {
			store = null;
		}
		if (!store)
			element('saved').textContent = 'This browser does not keep what you type: finish before you close the page.';
		if (!kept || typeof kept !== 'object' || !kept.answers)
			return;
		data.questions.forEach(function (question) {
			if (typeof kept.answers[question.id] === 'string')
				put(question, kept.answers[question.id]);
		});
		element('signer').value = String(kept.signer || '');
		element('saved').textContent = 'What you typed before is here again.';
	}

	function progress() {
		var done = data.questions.filter(function (question) {
			return value(question) !== '';
		}).length;
		element('bar').value = done;
		element('bar').textContent = done + ' of ' + data.questions.length;
		element('far').textContent = done + ' of ' + data.questions.length + ' questions answered';
	}

	/* What is wrong */

	function bytes(text) {
		return new TextEncoder().encode(text);
	}

	function fault(question) {
		var text = value(question), number, day;
		if (text === '')
			return question.required ? 'Answer “' + question.title + '”' : '';
		if (question.max && bytes(text).length > question.max && question.type !== 'list')
			return '“' + question.title + '” is too long: at most ' + question.max + ' bytes, this is ' + bytes(text).length;
		if (question.type === 'number' || question.type === 'money') {
			number = Number(text);
			if (!/^-?[0-9]+(\.[0-9]+)?$/.test(text) || (question.least !== undefined && number < question.least) ||
			    (question.most !== undefined && number > question.most))
				return '“' + question.title + '” must be a number' +
				    (question.least !== undefined && question.most !== undefined ? ' from ' + question.least + ' to ' + question.most : '');
		}
		if (question.type === 'date') {
			day = new Date(text + 'T00:00:00Z');
			if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) || isNaN(day) || day.toISOString().slice(0, 10) !== text)
				return '“' + question.title + '” must be a day such as 2026-11-30';
		}
		return '';
	}

	function mark(id, text, target, list) {
		var error = element('e-' + id), item, link;
		error.hidden = text === '';
		error.textContent = text === '' ? '' : 'Error: ' + text;
		element('q-' + id).classList.toggle('wrong', text !== '');
		if (target)
			target.setAttribute('aria-invalid', text === '' ? 'false' : 'true');
		if (text === '')
			return;
		item = document.createElement('li');
		link = document.createElement('a');
		link.href = '#' + (target ? target.id : 'q-' + id);
		link.textContent = text;
		link.addEventListener('click', function (event) {
			event.preventDefault();
			if (target)
				target.focus();
		});
		item.appendChild(link);
		list.appendChild(item);
	}

	function check() {
		var list = element('faults'), signer = element('signer'), sure = element('sure');
		list.textContent = '';
		data.questions.forEach(function (question) {
			var first = question.choice ? form.querySelector('input[name="f-' + question.id + '"]') : element('f-' + question.id);
			mark(question.id, fault(question), first, list);
		});
		mark('signer', clean(signer.value) === '' ? 'Give your name' : bytes(clean(signer.value)).length > 200 ? 'Your name is too long' : '', signer, list);
		mark('sure', sure.checked ? '' : 'Confirm that you answer for your organisation', sure, list);
		summary.hidden = list.children.length === 0;
		return summary.hidden;
	}

	/* Signing */

	function base64(buffer) {
		var text = '', list = new Uint8Array(buffer), i;
		for (i = 0; i < list.length; i++)
			text += String.fromCharCode(list[i]);
		return btoa(text);
	}

	function hex(buffer) {
		return Array.prototype.map.call(new Uint8Array(buffer), function (byte) {
			return ('0' + byte.toString(16)).slice(-2);
		}).join('');
	}

	function unhex(text) {
		var list = new Uint8Array(text.length / 2), i;
		for (i = 0; i < list.length; i++)
			list[i] = parseInt(text.substr(2 * i, 2), 16);
		return list;
	}

	async function sign() {
		var subtle = window.crypto.subtle, all = answers(), sorted = {}, pair, spki, payload, text, secret, hmac, signature;
		pair = await subtle.generateKey({name: 'ECDSA', namedCurve: 'P-256'}, false, ['sign', 'verify']);
		spki = await subtle.exportKey('spki', pair.publicKey);
		Object.keys(all).sort().forEach(function (id) {
			sorted[id] = all[id];
		});
		payload = bytes(JSON.stringify({
			answers: sorted,
			format: 'assay-answers-1',
			key: base64(spki),
			number: data.number,
			questionnaire: data.questionnaire,
			questions: data.digest,
			register: data.register,
			signed_at: new Date().toISOString().slice(0, 19) + 'Z',
			signer: clean(element('signer').value).replace(/\n/g, ' '),
			version: data.version,
		}));
		text = new Uint8Array(16 + payload.length);
		text.set(bytes('assay-answers-1\n'));
		text.set(payload, 16);
		secret = await subtle.importKey('raw', unhex(data.secret), {name: 'HMAC', hash: 'SHA-256'}, false, ['sign']);
		hmac = await subtle.sign('HMAC', secret, text);
		signature = await subtle.sign({name: 'ECDSA', hash: 'SHA-256'}, pair.privateKey, text);
		return {
			fingerprint: 'SHA256:' + base64(await subtle.digest('SHA-256', spki)).replace(/=+$/, ''),
			text: JSON.stringify({format: 'assay-answers-1', hmac: hex(hmac), payload: base64(payload), signature: base64(signature)}) + '\n',
		};
	}

	async function finish() {
		var made, link = element('file');
		save();
		if (!check()) {
			summary.focus();
			return;
		}
		try {
			made = await sign();
		} catch (error) {
			element('faults').innerHTML = '';
			element('faults').appendChild(document.createElement('li')).textContent = 'This browser could not sign the answers (' + error.message + '). Use a current browser.';
			summary.hidden = false;
			summary.focus();
			return;
		}
		if (link.href)
			URL.revokeObjectURL(link.href);
		link.href = URL.createObjectURL(new Blob([made.text], {type: 'application/json'}));
		link.download = 'answers-' + data.register + '-' + data.number + '.json';
		link.textContent = link.download;
		element('print').textContent = made.fingerprint;
		element('done').hidden = false;
		link.click();
		element('done').focus();
	}

	/* Without these nothing could be signed: the page says what to do instead. */
	if (!window.crypto || !window.crypto.subtle || !window.TextEncoder) {
		element('old').hidden = false;
		return;
	}
	element('finish').hidden = false;
	element('progress').hidden = false;
	restore();
	progress();
	form.addEventListener('input', function () {
		save();
		progress();
	});
	form.addEventListener('submit', function (event) {
		event.preventDefault();
		finish();
	});
	element('forget').addEventListener('click', function () {
		if (store)
			store.removeItem(key);
		element('saved').textContent = 'What was kept in this browser is removed. It is still on this page until you close it.';
	});
})();
