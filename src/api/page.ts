import Type, { type TSchema } from 'typebox';
import type { Page, PageRequest } from '../store/store.ts';

/** Query parameters of every list. */
export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'Most items in the answer.' }),
  ),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 512, description: 'next_cursor of the page before.' }),
  ),
};

/** The answer of every list, newest first. */
export function pageSchema<Item extends TSchema>(item: Item) {
  return Type.Object({
    items: Type.Array(item),
    next_cursor: Type.Union([Type.String(), Type.Null()], {
      description: 'Pass as cursor for the next page; null on the last.',
    }),
  });
}

const defaultLimit = 100;

export function pageRequest({
  limit = defaultLimit,
  cursor,
}: {
  limit?: number;
  cursor?: string;
}): PageRequest {
  return cursor === undefined ? { limit } : { limit, cursor };
}

export function pageAnswer<T>({ items, nextCursor }: Page<T>): { items: T[]; next_cursor: string | null } {
  return { items: [...items], next_cursor: nextCursor };
}

/** The filter without what was not asked for. */
export function present<T extends object>(filter: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const kept: { [K in keyof T]?: NonNullable<T[K]> } = {};
  for (const name in filter) {
    const value = filter[name];
    if (value !== undefined && value !== null) kept[name] = value;
  }
  return kept;
}
