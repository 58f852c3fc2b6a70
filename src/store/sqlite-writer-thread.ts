import { parentPort, workerData } from 'node:worker_threads';
import { serveWriter } from './sqlite-writer.ts';

if (parentPort !== null) await serveWriter(parentPort, String(workerData));
