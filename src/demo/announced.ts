import type Type from 'typebox';
import { Compile } from 'typebox/compile';
import { DetectionSchema } from '../contracts/detection.ts';
import { ResponseSchema } from '../contracts/response.ts';
import { ThreatSchema } from '../contracts/threat.ts';

/** Readers of what the pipeline publishes; null when the text is not of that contract. */
export const readDetection = reader(DetectionSchema);
export const readThreat = reader(ThreatSchema);
export const readResponse = reader(ResponseSchema);

function reader<Schema extends Type.TSchema>(schema: Schema): (value: string) => Type.Static<Schema> | null {
  const validator = Compile(schema);
  return (value) => {
    const parsed: unknown = JSON.parse(value);
    return validator.Check(parsed) ? parsed : null;
  };
}
