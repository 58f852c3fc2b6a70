import { jsonRequest } from '../../../events/json-request.ts';
import type { JsonObject } from '../../../json.ts';
import type { FieldValue } from '../sigma-event.ts';
import {
  aliasesOf,
  type FieldSource,
  PlainFields,
  type SensorView,
  type SigmaLogSource,
  withCategories,
} from './field-source.ts';
import { hostLogView } from './host-log-fields.ts';
import { productView } from './product-fields.ts';
import { WebFields } from './web-fields.ts';

/**
 * Category of what applications say in words, whichever way it came (own file, syslog, journal, JSON): the log source
 * of rules that search messages and do not care which program wrote them.
 */
export const applicationCategory = 'application';

const messageNames = aliasesOf({ Message: 'message' });

/** Text logs of applications: requests under the W3C names, all else under the names that the reader gives. */
export function textLogView(record: JsonObject, logSource: SigmaLogSource): SensorView {
  if (record['cs-method'] !== undefined) {
    return { fields: new RequestLineFields(record), logSource: withCategories(logSource, 'webserver') };
  }
  return { fields: new PlainFields(record, messageNames), logSource };
}

/** Lines of syslog and the journal, which are applications' words as well. */
export function hostApplicationView(record: JsonObject, logSource: SigmaLogSource): SensorView {
  const view = hostLogView(record, logSource);
  const fields = view.fields instanceof WebFields ? new RequestLineFields(record) : view.fields;
  return { fields, logSource: withCategories(view.logSource, applicationCategory) };
}

/** A line with a request in it that has words of its own as well. */
class RequestLineFields extends WebFields {
  readonly #message: FieldValue;

  constructor(record: JsonObject) {
    super(record);
    this.#message = record['message'];
  }

  override field(name: string): FieldValue {
    return name === 'Message' ? this.#message : super.field(name);
  }
}

/** JSON logs: of a product that Sigma knows under its names, else of an application, requests under the W3C names too. */
export function jsonApplicationView(record: JsonObject, logSource: SigmaLogSource): SensorView {
  const view = productView(record, logSource);
  if (logSource.product !== '') return view;
  const fields = logSource.categories.includes('webserver')
    ? new JsonRequestFields(record, view.fields)
    : view.fields;
  return { fields, logSource: withCategories(view.logSource, applicationCategory) };
}

const w3cName = /^(?:cs?|sc)-/;

/** A record that tells of a request. What Sigma's web rules ask for is worked out when the first of them asks. */
class JsonRequestFields implements FieldSource {
  readonly #record: JsonObject;
  readonly #own: FieldSource;
  #request: FieldSource | null | undefined;

  constructor(record: JsonObject, own: FieldSource) {
    this.#record = record;
    this.#own = own;
  }

  field(name: string): FieldValue {
    const value = this.#own.field(name);
    if (value !== undefined || !w3cName.test(name)) return value;
    if (this.#request === undefined) {
      const request = jsonRequest(this.#record);
      this.#request = request && new WebFields(request.fields);
    }
    return this.#request?.field(name);
  }

  leaves(): readonly string[] {
    return this.#own.leaves();
  }
}
