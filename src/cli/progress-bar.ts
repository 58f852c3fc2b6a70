import type { Terminal } from './ports.ts';

export interface ProgressBar {
  /** @param share 0..1, or null when the end is not known */
  show(share: number | null, text: string): void;
  /** Takes the bar off the screen. */
  clear(): void;
}

const barWidth = 30;
const redrawMs = 100;

/** A bar on one line of a terminal, redrawn at most ten times a second; nothing where there is no terminal. */
export function createProgressBar(terminal: Terminal, now: () => number): ProgressBar {
  let drawnAt = Number.NEGATIVE_INFINITY;
  const isShown = terminal.isTTY === true;
  return {
    show(share, text) {
      if (!isShown || now() - drawnAt < redrawMs) return;
      drawnAt = now();
      const full = Math.round(Math.min(1, share ?? 0) * barWidth);
      const bar = share === null ? '' : `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}] `;
      terminal.write(`\r${bar}${text}\u001b[K`);
    },
    clear() {
      if (isShown && drawnAt > 0) terminal.write('\r\u001b[K');
    },
  };
}
