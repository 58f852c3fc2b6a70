import type { Bounds } from '../rule.ts';

/** Whether a count or a measured value is within all bounds given; nothing measured is within none. */
export function isWithin(bounds: Bounds, value: number | null): boolean {
  if (value === null) return false;
  return (
    (bounds.gt === undefined || value > bounds.gt) &&
    (bounds.gte === undefined || value >= bounds.gte) &&
    (bounds.lt === undefined || value < bounds.lt) &&
    (bounds.lte === undefined || value <= bounds.lte) &&
    (bounds.eq === undefined || value === bounds.eq) &&
    (bounds.neq === undefined || value !== bounds.neq)
  );
}

/** The greatest number the bounds speak of: a count must be able to pass it. */
export function greatestBound(bounds: Bounds): number {
  return Math.max(0, ...Object.values(bounds).filter((bound) => typeof bound === 'number'));
}
