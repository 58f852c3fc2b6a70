import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNeverBlock, type HostNetwork } from './never-block.ts';

const nowhere: HostNetwork = { ownAddresses: () => [], defaultGateways: () => [], nameservers: () => [] };
const stopped = { now: () => 0 };

describe('the never-block list', () => {
  const bare = createNeverBlock({ configured: [], network: nowhere, clock: stopped });

  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.0.9', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['0.0.0.0', 'unspecified'],
    ['::', 'unspecified'],
    ['169.254.169.254', 'link-local'],
    ['fe80::1', 'link-local'],
    ['224.0.0.251', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
  ])('refuses %s: %s', (target, reason) => {
    expect(bare.refusalFor(target)).toContain(reason);
  });

  it.each(['10.0.0.1', '192.168.1.1', '172.16.0.1', 'fd00::1', '198.51.100.1', '2001:db8::1', '128.0.0.1'])(
    'lets %s be acted on: private ranges hold attackers too',
    (target) => {
      expect(bare.refusalFor(target)).toBeNull();
    },
  );

  it('refuses what is no host at all', () => {
    expect(bare.refusalFor('gateway.example')).toContain('no IP address');
  });

  it('refuses this host, its networks’ broadcast, its gateways and its DNS servers, and says which', () => {
    const network: HostNetwork = {
      ownAddresses: () => ['203.0.113.5', '203.0.113.255', '2001:DB8::5'],
      defaultGateways: () => ['203.0.113.1', 'fe80::1%eth0'],
      nameservers: () => ['9.9.9.9', 'not-an-address'],
    };
    const list = createNeverBlock({ configured: [], network, clock: stopped });
    expect(list.refusalFor('203.0.113.5')).toContain('an address of this host');
    expect(list.refusalFor('203.0.113.255')).toContain('an address of this host');
    expect(list.refusalFor('2001:db8:0::5')).toContain('an address of this host');
    expect(list.refusalFor('203.0.113.1')).toContain('a default gateway');
    expect(list.refusalFor('9.9.9.9')).toContain('a DNS server');
    expect(list.refusalFor('203.0.113.6')).toBeNull();
  });

  it('notices a new address of this host within its refresh time, and a clock that is set back', () => {
    let nowMs = 100_000;
    let own = ['203.0.113.5'];
    const list = createNeverBlock({
      configured: [],
      network: { ...nowhere, ownAddresses: () => own },
      clock: { now: () => nowMs },
    });
    expect(list.refusalFor('203.0.113.9')).toBeNull();
    own = ['203.0.113.9'];
    nowMs += 9_999;
    expect(list.refusalFor('203.0.113.9')).toBeNull();
    nowMs += 1;
    expect(list.refusalFor('203.0.113.9')).toContain('an address of this host');
    own = ['203.0.113.5'];
    nowMs = 50_000;
    expect(list.refusalFor('203.0.113.9')).toBeNull();
  });

  it('refuses what the operator lists, in every spelling', () => {
    const list = createNeverBlock({
      configured: ['10.20.0.0/16', '2001:db8:1::/48', '198.51.100.9'],
      network: nowhere,
      clock: stopped,
    });
    expect(list.refusalFor('10.20.255.1')).toContain('10.20.0.0/16 is on the never-block list');
    expect(list.refusalFor('::ffff:10.20.0.1')).toContain('10.20.0.0/16');
    expect(list.refusalFor('2001:db8:1:0::77')).toContain('2001:db8:1::/48');
    expect(list.refusalFor('198.51.100.9')).toContain('198.51.100.9');
    expect(list.refusalFor('10.21.0.1')).toBeNull();
  });

  it('names the configured entry that it cannot read', () => {
    expect(() =>
      createNeverBlock({ configured: ['10.0.0.0/8', '10.0.0.0/64'], network: nowhere, clock: stopped }),
    ).toThrow(
      expect.objectContaining({
        code: 'VTC_CONFIG_INVALID',
        message: expect.stringContaining('"10.0.0.0/64"'),
      }),
    );
  });

  it('never lets any text past that names loopback', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.ipV4()), (text) => {
        const refusal = bare.refusalFor(text);
        if (/^127\./.test(text) || /^::ffff:127\./i.test(text)) expect(refusal).not.toBeNull();
      }),
    );
  });
});
