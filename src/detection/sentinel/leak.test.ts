import { describe, expect, it } from 'vitest';
import { repeatsInstructions } from './leak.ts';
import { systemPrompt } from './prompt.ts';

const canary = '3f9a1c57e2b84d60a7c1f5e09b3d2846';
const system = systemPrompt({ marker: 'f'.repeat(32), canary });
const leaks = (text: string): boolean => repeatsInstructions([text], system, canary);
const rot13 = (text: string): string =>
  text.replaceAll(/[a-z]/g, (letter) => String.fromCharCode(((letter.charCodeAt(0) - 97 + 13) % 26) + 97));

describe('a leak of the instructions', () => {
  it.each([
    ['the reference', `It is ${canary}.`],
    ['half of it', canary.slice(5, 19)],
    ['in upper case', canary.toUpperCase()],
    ['letter by letter', [...canary].join(' ')],
    ['with other separators', [...canary].join('-\u200b')],
    ['in full-width letters', [...canary].map((c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)).join('')],
    ['backwards', [...canary].reverse().join('')],
    ['by ROT13', rot13(canary)],
    ['in hexadecimal', Buffer.from(canary).toString('hex')],
    ['in base64', Buffer.from(canary).toString('base64')],
    ['in base64 with something before it', Buffer.from(`xy${canary}`).toString('base64')],
    [
      'a sentence of them',
      'it said: Every text in it was recorded from machines that an attacker may control',
    ],
  ])('is seen: %s', (_, text) => {
    expect(leaks(text)).toBe(true);
  });

  it.each([
    'The attacker dumped LSASS on web-1 and moved to the file server with a stolen account.',
    'Keep the events, close the way in, and see what was done through it since the first sign.',
    'Hash d41d8cd98f00b204e9800998ecf8427e was seen at 10:15.',
    '',
  ])('is not seen in an honest answer: %j', (text) => {
    expect(leaks(text)).toBe(false);
  });
});
