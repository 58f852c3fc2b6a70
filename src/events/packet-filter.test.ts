import { describe, expect, it } from 'vitest';
import { readArrowPacket, readFilterlog } from './packet-filter.ts';

describe('readFilterlog', () => {
  it('reads a blocked IPv4 packet', () => {
    const message =
      '5,,,1000000103,igb0,match,block,in,4,0x0,,240,54321,0,none,6,tcp,44,203.0.113.9,192.0.2.5,40000,8080,0,S,1,,1024,,mss';
    expect(readFilterlog(message)).toMatchObject({
      eventType: 'network_flow',
      sourceIp: '203.0.113.9',
      destinationIp: '192.0.2.5',
      port: '8080',
      protocol: 'tcp',
      outcome: 'failure',
      fields: { verdict: 'block', interface: 'igb0', src_port: 40000, dst_port: 8080 },
    });
  });

  it('reads an IPv6 packet that was let through', () => {
    const message =
      '5,,,1000000103,igb0,match,pass,in,6,0x00,0x00000,64,TCP,6,40,2001:db8::9,2001:db8::5,40000,443,0,S,1,,1024,,';
    expect(readFilterlog(message)).toMatchObject({
      sourceIp: '2001:db8::9',
      destinationIp: '2001:db8::5',
      port: '443',
      outcome: 'success',
    });
  });

  it.each([['hello'], ['1,2,3'], ['5,,,1,igb0,match,block,in,4,0x0,,240,1,0,none,6,tcp,44,x,y,1,2']])(
    'is silent about %s',
    (message) => {
      expect(readFilterlog(message)).toBeNull();
    },
  );
});

describe('readArrowPacket', () => {
  it('does not know what became of a packet unless the text before says so', () => {
    const packet = 'proto UDP, [2001:db8::9]:53->[2001:db8::5]:4000, len 60';
    expect(readArrowPacket(`forward: ${packet}`)).toMatchObject({
      outcome: 'unknown',
      sourceIp: '2001:db8::9',
    });
    expect(readArrowPacket(`input drop: ${packet}`)).toMatchObject({ outcome: 'failure', port: '4000' });
  });

  it.each([['a -> b'], ['TCP x:1->y:2'], ['TCP 999.1.1.1:1->1.2.3.4:2']])('is silent about %s', (message) => {
    expect(readArrowPacket(message)).toBeNull();
  });
});
