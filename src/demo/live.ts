import type { Scene } from './scene.ts';
import { sceneAddresses } from './scene.ts';

export interface LiveOptions {
  readonly scene: Scene;
  /** Resolves when Vértice says the attacker is contained. */
  readonly contained: Promise<void>;
  readonly onStep: (message: string) => void;
  /** Breaks the attack off. */
  readonly signal: AbortSignal;
}

/** What the two parties outside could do, before and after. */
export interface LiveSummary {
  /** Login attempts that sshd answered. */
  readonly attempts: number;
  readonly couldConnectBefore: boolean;
  readonly canConnectAfter: boolean;
  readonly adminCanConnectAfter: boolean;
}

const MAX_ATTEMPTS = 40;
const SSH_PORT = 22;
const PROBE_MS = 1_500;

/**
 * The attacker guesses passwords with a real SSH client until nothing answers any more. Real connections before
 * and after tell whether the block took effect, and whether it spared the administrator.
 */
export async function runLive({ scene, contained, onStep, signal }: LiveOptions): Promise<LiveSummary> {
  const { attacker, admin, server } = sceneAddresses;
  const couldConnectBefore = await scene.reaches(attacker, SSH_PORT, PROBE_MS);
  onStep(`${attacker} ${couldConnectBefore ? 'can connect' : 'cannot connect'} to ${server}:${SSH_PORT}`);
  let isContained = false;
  const noted = contained.then(() => {
    isContained = true;
  });
  onStep(`${attacker} starts guessing passwords with ssh`);
  let attempts = 0;
  while (attempts < MAX_ATTEMPTS && !isContained && !signal.aborted) {
    attempts++;
    await Promise.race([scene.login('root', `guess-${attempts}`, attacker, 'true', 4_000), noted]);
  }
  const canConnectAfter = await scene.reaches(attacker, SSH_PORT, PROBE_MS);
  const adminCanConnectAfter = await scene.reaches(admin, SSH_PORT, PROBE_MS);
  onStep(
    `${attacker} ${canConnectAfter ? 'can still connect' : 'cannot connect any more'} after ${attempts} attempts`,
  );
  onStep(`${admin}, the administrator, ${adminCanConnectAfter ? 'still can' : 'cannot any more'}`);
  return { attempts, couldConnectBefore, canConnectAfter, adminCanConnectAfter };
}
