import { describe, expect, it } from 'vitest';
import { matchTechniques } from './techniques.ts';

describe('techniques shown and techniques named', () => {
  it.each([
    ['are the same', ['T1059.001'], ['T1059.001'], { total: 1, exact: 1, byParent: 1 }],
    ['share the technique above', ['T1059.001'], ['T1059.003'], { total: 1, exact: 0, byParent: 1 }],
    ['are technique and sub-technique', ['T1059'], ['T1059.003'], { total: 1, exact: 0, byParent: 1 }],
    ['differ', ['T1059'], ['T1003'], { total: 1, exact: 0, byParent: 0 }],
    ['are written in either case', ['t1059'], ['T1059'], { total: 1, exact: 1, byParent: 1 }],
    ['are unknown to ATT&CK, and alike', ['T9999'], ['T9999'], { total: 1, exact: 1, byParent: 1 }],
    ['are none', [], ['T1059'], { total: 0, exact: 0, byParent: 0 }],
  ])('%s', (_, shown, named, expected) => {
    expect(matchTechniques(shown, named)).toEqual(expected);
  });

  it('of an earlier version of ATT&CK are followed to their heirs', () => {
    // T1086 (PowerShell) became T1059.001 with the sub-techniques.
    expect(matchTechniques(['T1086'], ['T1059.001'])).toEqual({ total: 1, exact: 1, byParent: 1 });
  });
});
