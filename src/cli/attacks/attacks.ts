import type { Attack } from './attack.ts';
import { bruteForce } from './brute-force.ts';
import { c2Beacon } from './c2-beacon.ts';
import { exfiltration } from './exfiltration.ts';
import { knownBad } from './known-bad.ts';
import { loginSuccess } from './login-success.ts';
import { portScan } from './port-scan.ts';
import { webAttack } from './web-attack.ts';

/** Every attack that can be injected. */
export const attacks: readonly Attack[] = [
  bruteForce,
  portScan,
  loginSuccess,
  c2Beacon,
  exfiltration,
  webAttack,
  knownBad,
];
