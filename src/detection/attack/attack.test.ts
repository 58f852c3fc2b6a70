import { createReadStream, existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import {
  attackNotice,
  attackTag,
  attackVersion,
  counterMeasuresOf,
  groupName,
  groupsUsing,
  isTechnique,
  mitigationsOf,
  parentOf,
  resolveTechnique,
  tacticBy,
  tacticOrder,
  tactics,
  tacticsOf,
  techniqueById,
  techniqueName,
  techniques,
  techniquesOfGroup,
} from './attack.ts';

const pack = fileURLToPath(
  new URL('../../../../shared/data/detection/sigma-rules-pack.tar.gz', import.meta.url),
);

describe('the ATT&CK catalogue', () => {
  it('holds version 19 whole, with the notice that must go with it, in less than 400 kB', () => {
    expect(attackVersion()).toBe('19');
    expect(attackNotice()).toContain('The MITRE Corporation');
    expect(techniques()).toHaveLength(697);
    expect(tactics()).toHaveLength(15);
    expect(statSync(new URL('./catalogue.json', import.meta.url)).size).toBeLessThan(400_000);
  });

  it('knows a technique with everything it is related to', () => {
    const spraying = techniqueById('T1110.003');
    expect(spraying?.name).toBe('Password Spraying');
    expect(spraying?.tactics.map((tactic) => tactic.shortName)).toEqual(['credential-access']);
    expect(spraying?.platforms).toContain('Identity Provider');
    expect(spraying?.mitigations.map((mitigation) => mitigation.id)).toContain('M1032');
    expect(spraying?.detectionStrategies.length).toBeGreaterThan(0);
    expect(spraying?.groups.length).toBeGreaterThan(5);
    expect(techniqueById('T1003.001')?.software.map((software) => software.name)).toContain('Mimikatz');
  });

  it('names a sub-technique with its parent', () => {
    expect(techniqueName('T1110.003')).toBe('Brute Force: Password Spraying');
    expect(techniqueName('T1110')).toBe('Brute Force');
    expect(techniqueName('T9999')).toBeNull();
    expect(parentOf('T1110.003')).toBe('T1110');
    expect(parentOf('T1110')).toBeNull();
  });

  it('relates every technique only to what it has: tactics in order, no entry missing', () => {
    for (const technique of techniques()) {
      const orders = technique.tactics.map((tactic) => tactic.order);
      expect(orders.length, technique.id).toBeGreaterThan(0);
      expect(orders).toEqual([...orders].sort((a, b) => a - b));
      expect(technique.platforms.length, technique.id).toBeGreaterThan(0);
      const parent = parentOf(technique.id);
      if (parent !== null) expect(isTechnique(parent), technique.id).toBe(true);
    }
  });

  it('follows a revoked id, over several versions, to what stands for it today', () => {
    expect(isTechnique('T1562.001')).toBe(false);
    expect(resolveTechnique('T1562.001')).toBe('T1685');
    expect(resolveTechnique('t1562.008')).toBe('T1685.002');
    expect(resolveTechnique('T1059.001')).toBe('T1059.001');
    expect(resolveTechnique('T9999')).toBeNull();
    expect(techniqueById('constructor')).toBeNull();
  });

  it('orders the tactics as the matrix does, and reads their names of any version and spelling', () => {
    expect(tacticOrder('reconnaissance')).toBe(0);
    expect(tacticOrder('TA0040')).toBe(14);
    expect(tacticOrder('nonsense')).toBeNull();
    expect(tacticBy('Credential_Access')?.id).toBe('TA0006');
    expect(tacticBy('Defense Evasion')?.name).toBe('Stealth');
    expect(tacticBy('defense-impairment')?.id).toBe('TA0112');
    expect(tacticsOf('T1078').length).toBeGreaterThan(1);
    expect(tacticsOf('T9999')).toEqual([]);
  });

  it('gives a sub-technique its parent’s mitigations and counter-measures where it has none of its own', () => {
    expect(mitigationsOf('T1110.003').length).toBeGreaterThan(0);
    expect(counterMeasuresOf('T1685.002').map(({ id }) => id)).toEqual(
      counterMeasuresOf('T1685').map(({ id }) => id),
    );
    expect(counterMeasuresOf('T1685').length).toBeGreaterThan(0);
    expect(mitigationsOf('T9999')).toEqual([]);
  });

  it('knows the groups, both ways round', () => {
    expect(groupName('G0016')).toBe('APT29');
    expect(groupName('G9999')).toBeNull();
    const users = groupsUsing('T1685.002').map(({ id }) => id);
    expect(users).toContain('G0016');
    expect(techniquesOfGroup('G0016')).toContain('T1685.002');
    expect(techniquesOfGroup('G9999')).toEqual([]);
    expect(groupsUsing('T9999')).toEqual([]);
  });

  it('reads Sigma tags', () => {
    expect(attackTag('attack.t1059.001')).toEqual({ kind: 'technique', id: 'T1059.001' });
    expect(attackTag('attack.T1562.001')).toEqual({ kind: 'technique', id: 'T1685' });
    expect(attackTag('attack.credential_access')).toMatchObject({
      kind: 'tactic',
      tactic: { id: 'TA0006' },
    });
    expect(attackTag('attack.g0016')).toMatchObject({ kind: 'group' });
    expect(attackTag('attack.s0002')).toMatchObject({ kind: 'software', software: { name: 'Mimikatz' } });
    expect(attackTag('attack.ds0005')).toEqual({ kind: 'data-source', id: 'DS0005' });
    expect(attackTag('attack.nothing')).toBeNull();
    expect(attackTag('cve.2021-44228')).toBeNull();
  });

  it.skipIf(!existsSync(pack))(
    'resolves every tag of the Sigma corpus (skipped where the corpus is absent)',
    async () => {
      const unknown = new Set<string>();
      let seen = 0;
      const tar = createReadStream(pack).pipe(createGunzip()).pipe(extract());
      for await (const entry of tar) {
        let text = '';
        for await (const chunk of entry) text += String(chunk);
        for (const [, tag = ''] of text.matchAll(/^\s*-\s+(attack\.\S+)/gm)) {
          seen += 1;
          if (attackTag(tag) === null) unknown.add(tag);
        }
      }
      expect(seen).toBeGreaterThan(5000);
      expect([...unknown]).toEqual([]);
    },
  );
});
