/** Every topic of the product, by what it carries. The names are the public contract. */
export const topics = {
  events: 'security.events',
  deadLetters: 'security.events.dlq',
  /** Hits of rules on their way to the correlations: read by Vértice itself. */
  signals: 'defense.signals',
  detections: 'defense.detections',
  /** The same as OCSF Detection Findings, when that is switched on. */
  detectionsOcsf: 'defense.detections.ocsf',
  threats: 'threat.enriched',
  responses: 'defense.responses',
  alerts: 'defense.alerts',
  honeypot: 'honeypot.activity',
  intel: 'threat.intel',
} as const;
export type TopicName = (typeof topics)[keyof typeof topics];
