import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Detection, Finding } from '../../contracts/detection.ts';
import { severities } from '../../contracts/severity.ts';
import { caseBounds, caseOf } from './case.ts';
import { chosen } from './case-selection.ts';
import { detectionOf, eventOf, findingOf, type Step, threatOf } from './testing/cases.ts';

const nothingKnown = { indicators: [], earlierThreats: 0 };

function stepsOf(count: number, findingAt: (index: number) => Partial<Finding> = () => ({})): Step[] {
  return Array.from({ length: count }, (_, index) => ({ findings: [findingOf(findingAt(index))] }));
}

describe('the choice of what a case shows', () => {
  const all = stepsOf(100, (index) => ({
    severity: index === 40 ? 'critical' : 'low',
    ...(index === 70 ? { detector_id: 'sigma:rare', mitre_techniques: ['T1486'] } : {}),
  })).map((step, index) => detectionOf(index, step));

  it('keeps the first, the last, the severest and what is new, oldest first', () => {
    const shown = chosen(all, 8).map(({ detection_id }) => Number(detection_id.slice(4)));
    expect(shown).toHaveLength(8);
    expect(shown).toEqual(expect.arrayContaining([0, 40, 70, 99]));
    expect(shown).toEqual(shown.toSorted((a, b) => a - b));
  });

  it('keeps all when they fit', () => {
    expect(chosen(all.slice(0, 8), 8)).toEqual(all.slice(0, 8));
  });

  it('does not depend on the order in which they come', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (order) => {
        expect(chosen(order, 24)).toEqual(chosen(all, 24));
      }),
      { numRuns: 30 },
    );
  });
});

describe('a case', () => {
  it('is the same whatever the order of the rows, and however often one comes', () => {
    const steps = stepsOf(40, (index) => ({ severity: severities[index % 5] ?? 'low' }));
    const detections = steps.map((step, index) => detectionOf(index, step));
    const events = steps.map((step, index) => eventOf(index, step));
    const once = caseOf(threatOf(detections), detections, events, nothingKnown, null);
    const again = caseOf(
      threatOf(detections),
      [...detections, ...detections].reverse(),
      events.toReversed(),
      nothingKnown,
      null,
    );
    expect(again).toEqual(once);
    expect(once.entries).toHaveLength(caseBounds.entries);
  });

  it('keeps a detection whose event is gone, without fields', () => {
    const detection = detectionOf(0, { findings: [findingOf()] });
    const { entries } = caseOf(threatOf([detection]), [detection], [], nothingKnown, null);
    expect(entries).toMatchObject([{ eventId: 'evt-0', source: 'unknown', fields: [] }]);
    expect(entries[0]?.findings).toHaveLength(1);
  });

  it('tells first what was run and by whom, and each value once', () => {
    const step: Step = {
      findings: [findingOf({ matched_fields: [{ field: 'CommandLine', value: 'whoami /all' }] })],
      payload: { zebra: 'last', CommandLine: 'whoami /all', Image: 'C:\\x.exe', nested: { User: 'eve' } },
    };
    const detection = detectionOf(0, step);
    const { entries } = caseOf(threatOf([detection]), [detection], [eventOf(0, step)], nothingKnown, null);
    expect(entries[0]?.fields.map(({ name }) => name)).toEqual([
      'source_ip',
      'host',
      'CommandLine',
      'Image',
      'nested.User',
      'zebra',
    ]);
  });

  it('stays within its bounds and holds nothing invisible, whatever the sensor sent', () => {
    const payload = fc.dictionary(
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }),
    );
    const hostile = fc.record({
      payload,
      text: fc.string({ unit: 'binary', maxLength: 3_000 }),
      findings: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 40 }), (records) => {
        const steps = records.map(
          (record): Step => ({
            payload: { ...record.payload, CommandLine: record.text },
            findings: Array.from({ length: record.findings }, (_, index) =>
              findingOf({ detector_id: `${record.text}${index}`, title: record.text, reason: record.text }),
            ),
          }),
        );
        const detections: Detection[] = steps.map((step, index) => detectionOf(index, step));
        const events = steps.map((step, index) => eventOf(index, step));
        const subject = caseOf(threatOf(detections), detections, events, nothingKnown, null);
        expect(subject.entries.length).toBeLessThanOrEqual(caseBounds.entries);
        let fieldChars = 0;
        for (const { fields, findings } of subject.entries) {
          expect(fields.length).toBeLessThanOrEqual(16);
          expect(findings.length).toBeLessThanOrEqual(caseBounds.findingsPerEntry);
          for (const { name, value } of fields) {
            fieldChars += name.length + String(value).length;
            expect(name).toMatch(/^[\w.@-]{1,64}$/);
            expect(String(value).length).toBeLessThanOrEqual(512);
          }
          for (const { title, reason } of findings) {
            expect(title.length).toBeLessThanOrEqual(caseBounds.titleChars);
            expect(reason.length).toBeLessThanOrEqual(caseBounds.reasonChars);
          }
        }
        expect(fieldChars).toBeLessThanOrEqual(caseBounds.fieldChars);
        const told = JSON.stringify(subject.entries).replaceAll(/\\u[0-9a-f]{4}/g, '');
        expect(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.exec(told)).toBeNull();
      }),
      { numRuns: 60 },
    );
  });
});
