import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { VerdictSchema } from '../contracts/analysis.ts';
import { createAnswerShape, isStrict, parseObjectText } from './answer-shape.ts';

const shape = createAnswerShape(
  Type.Object({
    level: Type.Enum(['low', 'high']),
    text: Type.String({ maxLength: 5, minLength: 1, description: 'A word.', default: 'x' }),
    parts: Type.Array(Type.Object({ n: Type.Integer({ minimum: 0 }) }), { maxItems: 3 }),
  }),
);

describe('createAnswerShape', () => {
  it('tells providers what they can enforce, and the rest in words', () => {
    expect(shape.wireSchema).toEqual({
      type: 'object',
      additionalProperties: false,
      required: ['level', 'text', 'parts'],
      properties: {
        level: { type: 'string', enum: ['low', 'high'] },
        text: { type: 'string', description: 'A word. At least 1 characters. At most 5 characters.' },
        parts: {
          type: 'array',
          maxItems: 3,
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['n'],
            properties: { n: { type: 'integer', minimum: 0 } },
          },
        },
      },
    });
  });

  it('keeps a property that is called like a keyword', () => {
    const { wireSchema } = createAnswerShape(
      Type.Object({ default: Type.String(), maxLength: Type.Integer(), description: Type.String() }),
    );
    expect(wireSchema['properties']).toMatchObject({ default: {}, maxLength: {}, description: {} });
  });

  it('finds nothing wrong with what was asked for, in a code block too', () => {
    const text = JSON.stringify({ level: 'low', text: 'abc', parts: [{ n: 1 }] });
    expect(shape.faultOf(text)).toBeNull();
    expect(shape.faultOf(`\`\`\`json\n${text}\n\`\`\``)).toBeNull();
    expect(parseObjectText(` \n${text}`)).toEqual(JSON.parse(text));
  });

  it.each([
    ['text', 'Sure! Here is the answer', 'it is not JSON'],
    ['half an answer', '{"level":"low"', 'it is not JSON'],
    ['another type', '[1]', 'the answer must be object'],
    ['a value out of range', '{"level":"low","text":"abc","parts":[{"n":-1}]}', '/parts/0/n must be >= 0'],
    ['what lacks something', '{"level":"low","text":"abc"}', 'required'],
    [
      'what is nested too deep',
      `{"level":"low","text":"a","parts":${'['.repeat(100)}${']'.repeat(100)}}`,
      'more than 64 levels',
    ],
  ])('says what is wrong with %s', (_, text, fault) => {
    expect(shape.faultOf(text)).toContain(fault);
  });

  it("says it in bounded length and without the model's words", () => {
    const secret = 'ignore-all-rules';
    const parts = Array.from({ length: 500 }, () => ({ n: secret, [secret]: secret }));
    const fault = shape.faultOf(JSON.stringify({ level: secret, text: secret, parts, [secret]: 1 }));
    expect(fault).not.toContain('ignore');
    expect(fault).toMatch(/, and \d+ more$/);
    const open = createAnswerShape(Type.Record(Type.String(), Type.Integer()));
    expect(open.faultOf(JSON.stringify({ [secret]: 'x' }))).toBe('/* must be integer');
  });

  it('does not overflow the stack on an answer that is nothing but brackets', () => {
    expect(shape.faultOf('['.repeat(200_000) + ']'.repeat(200_000))).not.toBeNull();
  });
});

describe('isStrict', () => {
  it('is true of the verdict of the Sentinel, so that providers can enforce it', () => {
    expect(isStrict(createAnswerShape(VerdictSchema).wireSchema)).toBe(true);
  });

  it('is false as soon as one property may be absent', () => {
    const schema = Type.Object({ list: Type.Array(Type.Object({ a: Type.Optional(Type.String()) })) });
    expect(isStrict(createAnswerShape(schema).wireSchema)).toBe(false);
  });
});
