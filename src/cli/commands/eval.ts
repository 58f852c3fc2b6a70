import type { Command } from 'commander';
import type { CliDependencies } from '../ports.ts';
import { addEvalDetectionCommand } from './eval-detection.ts';

/** Measurements on labelled data; none of them needs a server. */
export function addEvalCommand(program: Command, dependencies: CliDependencies): void {
  const evaluation = program.command('eval').description('Measure the product on labelled data.');
  addEvalDetectionCommand(evaluation, dependencies);
}
