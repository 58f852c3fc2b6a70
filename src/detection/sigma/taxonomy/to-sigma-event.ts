import type { SecurityEvent } from '../../../contracts/security-event.ts';
import { isWindowsRecord } from '../../../events/windows-record.ts';
import { isJsonObject, type JsonObject } from '../../../json.ts';
import type { FieldValue, SigmaEvent } from '../sigma-event.ts';
import { auditdView } from './auditd-fields.ts';
import { cloudtrailView } from './cloudtrail-fields.ts';
import { falcoView } from './falco-fields.ts';
import type { FieldSource, SensorTaxonomy, SigmaLogSource } from './field-source.ts';
import { productView } from './product-fields.ts';
import { suricataView } from './suricata-fields.ts';
import { hostApplicationView, jsonApplicationView, textLogView } from './text-log-fields.ts';
import { wazuhView } from './wazuh-fields.ts';
import { webView } from './web-fields.ts';
import { windowsView } from './windows-fields.ts';
import { zeekView } from './zeek-fields.ts';

/** By format of `events/`; records of formats that are not here are seen under their own names. */
const taxonomies: ReadonlyMap<string, SensorTaxonomy> = new Map<string, SensorTaxonomy>([
  ['windows', windowsView],
  ['auditd', auditdView],
  ['zeek', zeekView],
  ['suricata', suricataView],
  ['cloudtrail', cloudtrailView],
  ['syslog', hostApplicationView],
  ['journald', hostApplicationView],
  ['text-log', textLogView],
  ['web-access', webView],
  ['wazuh', wazuhView],
  ['falco', falcoView],
  ['generic-json', jsonApplicationView],
]);

const nothing: readonly string[] = Object.freeze([]);
const noRecord: JsonObject = Object.freeze({});

/** A log source as an event's context, or a data set, states it. */
export interface StatedLogSource {
  readonly product?: string | null;
  readonly category?: readonly string[] | null;
  readonly service?: readonly string[] | null;
}

/**
 * A normalised event as Sigma's rules see it. Nothing is copied: fields are looked up in the payload when a rule asks
 * for them. Beside the names of the taxonomy, every event answers to the envelope's own under `vertice.`
 * (`vertice.event_type`, `vertice.source_ip`, `vertice.user`, …), so that one rule can speak of all sensors.
 */
export function toSigmaEvent(event: SecurityEvent): SigmaEvent {
  const { payload, context } = event;
  const record = isJsonObject(payload) ? payload : noRecord;
  const stated = logSourceOf(context.logsource ?? {});
  const { fields, logSource } = taxonomyOf(context.format, record, stated)(record, stated);
  const { category } = context;
  const isLogin = category === 'authentication' && !logSource.categories.includes(category);
  return new TaxonomyEvent(
    fields,
    isLogin ? { ...logSource, categories: [...logSource.categories, category] } : logSource,
    event,
  );
}

/**
 * The same for a sensor's record of a known format and log source, without an envelope around it.
 *
 * @param format as `events/formats.ts` names it
 */
export function sigmaEventFromRecord(
  format: string,
  record: JsonObject,
  source: StatedLogSource,
): SigmaEvent {
  const stated = logSourceOf(source);
  const { fields, logSource } = taxonomyOf(format, record, stated)(record, stated);
  return new TaxonomyEvent(fields, logSource, null);
}

/** A native event names no format of ours; its payload may be a Windows record all the same. */
function taxonomyOf(
  format: string | undefined,
  record: JsonObject,
  { product, services }: SigmaLogSource,
): SensorTaxonomy {
  const known = format === undefined ? undefined : taxonomies.get(format);
  if (known !== undefined) return known;
  if (product === 'windows' && isWindowsRecord(record)) return windowsView;
  if (product === 'linux' && services.includes('auditd')) return auditdView;
  return taxonomies.get(product) ?? productView;
}

function logSourceOf({ product, category, service }: StatedLogSource): SigmaLogSource {
  return {
    product: product?.toLowerCase() ?? '',
    categories: category ?? nothing,
    services: service ?? nothing,
  };
}

class TaxonomyEvent implements SigmaEvent {
  readonly product: string;
  readonly categories: readonly string[];
  readonly services: readonly string[];
  readonly #fields: FieldSource;
  readonly #envelope: SecurityEvent | null;

  constructor(fields: FieldSource, logSource: SigmaLogSource, envelope: SecurityEvent | null) {
    this.product = logSource.product;
    this.categories = logSource.categories;
    this.services = logSource.services;
    this.#fields = fields;
    this.#envelope = envelope;
  }

  field(name: string): FieldValue {
    const value = this.#fields.field(name);
    if (value !== undefined || this.#envelope === null || !name.startsWith('vertice.')) return value;
    return envelopeFields.get(name)?.(this.#envelope);
  }

  leaves(): readonly string[] {
    return this.#fields.leaves();
  }
}

const envelopeFields = new Map<string, (event: SecurityEvent) => FieldValue>([
  ['vertice.event_type', (event) => event.event_type],
  ['vertice.source', (event) => event.source],
  ['vertice.source_ip', (event) => event.source_ip],
  ['vertice.destination_ip', (event) => event.destination_ip],
  ['vertice.port', (event) => event.port],
  ['vertice.protocol', (event) => event.protocol],
  ['vertice.host', (event) => event.context.host],
  ['vertice.user', (event) => event.context.user],
  ['vertice.category', (event) => event.context.category],
  ['vertice.outcome', (event) => event.context.outcome],
]);
