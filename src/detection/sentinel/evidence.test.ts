import { describe, expect, it } from 'vitest';
import type { Severity } from '../../contracts/severity.ts';
import { weigh } from './evidence.ts';
import { caseFrom, findingOf, type Step } from './testing/cases.ts';

function step(
  severity: Severity,
  confidence: number,
  change: { id?: string; technique?: string; source?: string; payload?: Step['payload'] } = {},
): Step {
  const { id = 'a', technique = 'T1059.001', source = 'sysmon', payload } = change;
  return {
    findings: [
      findingOf({ detector_id: `sigma:${id}`, severity, confidence, mitre_techniques: [technique] }),
    ],
    event: { source },
    ...(payload === undefined ? {} : { payload }),
  };
}

describe('the weighing of evidence', () => {
  it.each<[Severity, number]>([
    ['low', 0.3],
    ['medium', 0.5],
    ['medium', 0.62],
    ['high', 0.75],
    ['critical', 0.9],
  ])('is as sure of a lone %s finding as its detector, and no surer: %d', (severity, confidence) => {
    expect(weigh(caseFrom([step(severity, confidence)]))).toMatchObject({
      confidence,
      severity,
      isThreat: confidence >= 0.5,
    });
  });

  it('counts a second detector less when it looks at the same thing', () => {
    const with2nd = (change: { technique?: string; source?: string }): number =>
      weigh(caseFrom([step('medium', 0.6), step('medium', 0.6, { id: 'b', ...change })])).confidence;
    // All of one tactic, so that the kill chain adds nothing.
    const same = with2nd({});
    const otherTechnique = with2nd({ technique: 'T1047' });
    const independent = with2nd({ technique: 'T1047', source: 'zeek' });
    expect(0.6).toBeLessThan(same);
    expect(same).toBeLessThan(otherTechnique);
    expect(otherTechnique).toBeLessThan(independent);
  });

  it('is worse than its worst finding when an attack goes through three tactics in order', () => {
    const tactics = ['T1566.001', 'T1003.001', 'T1486'].map((technique, index) =>
      step('medium', 0.6, { id: `r${index}`, technique }),
    );
    expect(weigh(caseFrom(tactics)).severity).toBe('high');
    expect(weigh(caseFrom(tactics.toReversed())).severity).toBe('medium');
  });

  it('is worse on a machine that its owner calls critical', () => {
    const asset = { name: 'dc-1', criticality: 'critical' as const };
    expect(weigh(caseFrom([step('medium', 0.6)], { asset })).severity).toBe('high');
    expect(weigh(caseFrom([step('low', 0.3)], { asset })).severity).toBe('low');
  });

  it('finds nothing in nothing', () => {
    expect(weigh(caseFrom([]))).toMatchObject({ isThreat: false, severity: 'info', confidence: 0.01 });
  });
});

describe('routine', () => {
  const service = {
    ParentImage: 'C:\\Windows\\System32\\services.exe',
    Image: 'C:\\Windows\\System32\\svchost.exe',
    User: 'NT AUTHORITY\\SYSTEM',
  };

  it('is taken from the odds where the system itself is at work', () => {
    const { routine, confidence, isThreat } = weigh(caseFrom([step('medium', 0.6, { payload: service })]));
    expect(routine?.description).toContain('service of the operating system');
    expect(confidence).toBeLessThan(0.5);
    expect(isThreat).toBe(false);
  });

  it('must hold of every event', () => {
    const mixed = caseFrom([step('medium', 0.6, { payload: service }), step('medium', 0.6)]);
    expect(weigh(mixed).routine).toBeNull();
  });

  it.each<[string, Step['payload']]>([
    ['a look-alike path', { ...service, Image: 'C:\\Windows\\System32\\evil\\svchost.exe' }],
    ['a command line that only names it', { CommandLine: Object.values(service).join(' ') }],
    ['a user agent of the provider', { userAgent: 'cloudtrail.amazonaws.com' }],
    ['an account named after it', { ...service, User: 'NT AUTHORITY\\SYSTEM2' }],
  ])('is not believed on the word of the other side: %s', (_, payload) => {
    expect(weigh(caseFrom([step('medium', 0.6, { payload: payload ?? {} })])).routine).toBeNull();
  });

  it('holds what stays on the loopback interface for less', () => {
    const local = { source_ip: '127.0.0.1', destination_ip: '127.0.0.1' };
    const subject = caseFrom([
      { findings: [findingOf({ severity: 'medium', confidence: 0.6 })], event: local },
    ]);
    expect(weigh(subject).routine?.description).toContain('loopback');
  });
});
