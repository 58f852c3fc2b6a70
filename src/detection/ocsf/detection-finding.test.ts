import fc from 'fast-check';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { type Detection, DetectionSchema } from '../../contracts/detection.ts';
import type { SecurityEvent } from '../../contracts/security-event.ts';
import { severities } from '../../contracts/severity.ts';
import { toDetectionFinding } from './detection-finding.ts';
import { OcsfDetectionFindingSchema } from './schema.ts';

const ours = Compile(OcsfDetectionFindingSchema);

/**
 * What the official schema, version 1.5.0, says of class 2004 and of the objects we use: required attributes, closed
 * enumerations with their captions, and "at least one of" constraints. Written down from https://schema.ocsf.io/1.5.0,
 * apart from our own schema, so that a slip in that one shows.
 */
const captions = {
  activity: { 0: 'Unknown', 1: 'Create', 2: 'Update', 3: 'Close', 99: 'Other' },
  severity: {
    0: 'Unknown',
    1: 'Informational',
    2: 'Low',
    3: 'Medium',
    4: 'High',
    5: 'Critical',
    6: 'Fatal',
    99: 'Other',
  },
  status: {
    0: 'Unknown',
    1: 'New',
    2: 'In Progress',
    3: 'Suppressed',
    4: 'Resolved',
    5: 'Archived',
    99: 'Other',
  },
  confidence: { 0: 'Unknown', 1: 'Low', 2: 'Medium', 3: 'High', 99: 'Other' },
  risk: { 0: 'Info', 1: 'Low', 2: 'Medium', 3: 'High', 4: 'Critical', 99: 'Other' },
  analytic: {
    0: 'Unknown',
    1: 'Rule',
    2: 'Behavioral',
    3: 'Statistical',
    4: 'Learning (ML/DL)',
    99: 'Other',
  },
  observable: {
    0: 'Unknown',
    1: 'Hostname',
    2: 'IP Address',
    4: 'User Name',
    6: 'URL String',
    8: 'Hash',
    9: 'Process Name',
    99: 'Other',
  },
  algorithm: { 0: 'Unknown', 1: 'MD5', 2: 'SHA-1', 3: 'SHA-256', 4: 'SHA-512', 99: 'Other' },
} as const;

const Entity = Type.Object({ uid: Type.Optional(Type.String()), name: Type.Optional(Type.String()) });
const File = Type.Object({ name: Type.String(), type_id: Type.Integer() });
const official = Compile(
  Type.Object({
    activity_id: Type.Enum([0, 1, 2, 3, 99]),
    category_uid: Type.Literal(2),
    class_uid: Type.Literal(2004),
    type_uid: Type.Integer(),
    time: Type.Integer(),
    severity_id: Type.Enum([0, 1, 2, 3, 4, 5, 6, 99]),
    metadata: Type.Object({ version: Type.String(), product: Type.Object({ name: Type.String() }) }),
    finding_info: Type.Object({
      uid: Type.String(),
      analytic: Type.Object({ type_id: Type.Integer() }),
      attacks: Type.Optional(Type.Array(Type.Object({ technique: Entity }))),
      related_events: Type.Array(Type.Object({ uid: Type.String() })),
    }),
    evidences: Type.Optional(
      Type.Array(
        Type.Object({
          device: Type.Optional(Type.Object({ type_id: Type.Integer() })),
          file: Type.Optional(File),
          process: Type.Optional(Type.Object({ file: Type.Optional(File) })),
        }),
      ),
    ),
    observables: Type.Optional(Type.Array(Type.Object({ type_id: Type.Integer() }))),
  }),
);

/** Of evidences, at least one of these (those that we use). */
const artifacts = ['src_endpoint', 'dst_endpoint', 'device', 'user', 'process', 'file', 'data'] as const;

const detection: Detection = {
  detection_id: 'det_1',
  event_id: 'e9',
  threat_id: 'thr_1',
  is_threat: true,
  confidence: 0.8,
  severity: 'high',
  mitre_techniques: ['T1059.001', 'T1027', 'T9999'],
  timestamp: '2026-03-01T10:00:00.250Z',
  attacker: '192.0.2.7',
  target: 'ws-1.example',
  findings: [
    {
      detector_id: 'sensor_alert:suricata',
      title: 'A sensor spoke up',
      reason: 'The sensor says so.',
      severity: 'low',
      confidence: 0.4,
      mitre_techniques: [],
      evidence_event_ids: ['e9'],
    },
    {
      detector_id: 'sigma:6f1c',
      title: 'Encoded PowerShell',
      reason: 'Sigma rule “Encoded PowerShell”: Image = powershell.exe.',
      severity: 'high',
      confidence: 0.8,
      mitre_techniques: ['T1059.001'],
      evidence_event_ids: ['e7', 'e9'],
      matched_fields: [{ field: 'Image', value: 'C:\\Windows\\powershell.exe' }],
      author: 'Jo Doe',
      license: 'DRL 1.1',
      reference: 'https://rules.example/encoded',
    },
  ],
};

const event: SecurityEvent = {
  event_id: 'e9',
  timestamp: detection.timestamp,
  source: 'sysmon',
  event_type: 'process_created',
  source_ip: '192.0.2.7',
  destination_ip: '198.51.100.9',
  port: 443,
  payload: {
    EventID: 1,
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    Image: 'C:\\Windows\\powershell.exe',
    CommandLine: 'powershell -enc AAAA',
    ProcessId: '4711',
    ParentImage: 'C:\\Windows\\explorer.exe',
    TargetFilename: 'C:\\Users\\ada\\x.ps1',
  },
  context: {
    host: 'ws-1.example',
    user: 'ada',
    entities: {
      ips: ['192.0.2.7', '203.0.113.5'],
      domains: ['evil.example'],
      urls: ['http://evil.example/x'],
      hashes: ['d41d8cd98f00b204e9800998ecf8427e'],
      users: ['ada'],
      hosts: ['ws-1.example'],
      processes: ['C:\\Windows\\powershell.exe'],
    },
  },
};

const finding = toDetectionFinding(detection, event, { version: '0.2.0' });

describe('an OCSF Detection Finding', () => {
  it('has every attribute that OCSF 1.5 requires, and nothing our schema does not know', () => {
    expect(official.Errors(finding)).toEqual([]);
    expect(ours.Errors(finding)).toEqual([]);
    expect(finding.type_uid).toBe(finding.class_uid * 100 + finding.activity_id);
  });

  it("bears the captions of OCSF's enumerations", () => {
    expect(finding.activity_name).toBe(captions.activity[finding.activity_id]);
    expect(finding.status).toBe(captions.status[finding.status_id]);
    expect(finding.confidence).toBe(captions.confidence[finding.confidence_id]);
    for (const { type_id, type } of finding.observables ?? [])
      expect(type).toBe(captions.observable[type_id]);
    for (const { type_id, type } of [
      finding.finding_info.analytic,
      ...(finding.finding_info.related_analytics ?? []),
    ]) {
      expect(type).toBe(captions.analytic[type_id]);
    }
    for (const { algorithm_id, algorithm } of finding.evidences?.[0]?.process?.file?.hashes ?? []) {
      expect(algorithm).toBe(captions.algorithm[algorithm_id]);
    }
  });

  it.each(severities)('says how bad it is: %s', (severity) => {
    const { severity_id, severity: caption } = toDetectionFinding({ ...detection, severity }, null, {
      version: '1',
    });
    const expected = { info: 1, low: 2, medium: 3, high: 4, critical: 5 }[severity];
    expect(severity_id).toBe(expected);
    expect(Object.entries(captions.severity)).toContainEqual([String(expected), caption]);
  });

  it.each([
    ['info', 1, 0, 'Info', 3],
    ['critical', 1, 95, 'Critical', 3],
    ['critical', 0.5, 48, 'Low', 2],
    ['medium', 0.9, 45, 'Low', 3],
    ['high', 0.1, 8, 'Info', 1],
  ] as const)(
    'takes severity %s at confidence %d for a risk of %d: %s',
    (severity, confidence, score, level, sure) => {
      const told = toDetectionFinding({ ...detection, severity, confidence }, null, { version: '1' });
      expect(told.risk_score).toBe(score);
      expect(told.risk_level).toBe(level);
      expect(Object.entries(captions.risk)).toContainEqual([String(told.risk_level_id), level]);
      expect(told.confidence_id).toBe(sure);
    },
  );

  it('gives times in milliseconds', () => {
    expect(finding.time).toBe(Date.UTC(2026, 2, 1, 10, 0, 0, 250));
    expect(finding.finding_info.created_time).toBe(finding.time);
  });

  it('names the weightiest finding as its analytic and the others as related', () => {
    expect(finding.finding_info.title).toBe('Encoded PowerShell');
    expect(finding.finding_info.analytic).toEqual({
      uid: 'sigma:6f1c',
      name: 'Encoded PowerShell',
      type_id: 1,
      type: 'Rule',
    });
    expect(finding.finding_info.related_analytics?.map(({ uid }) => uid)).toEqual(['sensor_alert:suricata']);
    expect(finding.finding_info.types).toEqual(['sensor_alert', 'sigma']);
  });

  it('names techniques, sub-techniques and tactics as ATT&CK does, and an unknown one by its id', () => {
    const [first, second, third] = finding.finding_info.attacks ?? [];
    expect(first).toMatchObject({
      technique: { uid: 'T1059', name: 'Command and Scripting Interpreter' },
      sub_technique: { uid: 'T1059.001', name: 'PowerShell' },
      tactic: { uid: 'TA0002', name: 'Execution' },
    });
    expect(second?.technique.uid).toBe('T1027');
    expect(second).not.toHaveProperty('sub_technique');
    expect(third?.technique).toEqual({ uid: 'T9999' });
  });

  it('shows both ends, the process with its parent and hashes, the file, the user and the host', () => {
    expect(finding.evidences).toHaveLength(1);
    expect(finding.evidences?.[0]).toMatchObject({
      src_endpoint: { ip: '192.0.2.7' },
      dst_endpoint: { ip: '198.51.100.9', port: 443 },
      device: { hostname: 'ws-1.example' },
      user: { name: 'ada' },
      process: {
        pid: 4711,
        name: 'powershell.exe',
        cmd_line: 'powershell -enc AAAA',
        file: {
          path: 'C:\\Windows\\powershell.exe',
          hashes: [{ algorithm_id: 1, value: 'd41d8cd98f00b204e9800998ecf8427e' }],
        },
        parent_process: { name: 'explorer.exe' },
      },
      file: { name: 'x.ps1', path: 'C:\\Users\\ada\\x.ps1' },
      data: { matched_fields: [{ field: 'Image', value: 'C:\\Windows\\powershell.exe' }] },
    });
  });

  it('lists what can be pivoted on, each once', () => {
    const told = (finding.observables ?? []).map(({ type, value }) => `${type} ${value}`);
    expect(told).toEqual([
      'IP Address 192.0.2.7',
      'IP Address 198.51.100.9',
      'IP Address 203.0.113.5',
      'Hostname ws-1.example',
      'Hostname evil.example',
      'User Name ada',
      'URL String http://evil.example/x',
      'Hash d41d8cd98f00b204e9800998ecf8427e',
      'Process Name powershell.exe',
    ]);
  });

  it("keeps the rule's author, licence and link, as the Detection Rule License asks", () => {
    expect(finding.finding_info.src_url).toBe('https://rules.example/encoded');
    expect(finding.unmapped.rules[1]).toEqual({
      detector_id: 'sigma:6f1c',
      author: 'Jo Doe',
      license: 'DRL 1.1',
      reference: 'https://rules.example/encoded',
    });
  });

  it('refers to all events it rests on and counts them', () => {
    expect(finding.finding_info.related_events).toEqual([
      { uid: 'e9', type: 'process_created' },
      { uid: 'e7' },
    ]);
    expect(finding.finding_info.related_events_count).toBe(2);
  });

  it('is an alert only when the detection is held to be a threat', () => {
    expect(finding.is_alert).toBe(true);
    expect(toDetectionFinding({ ...detection, is_threat: false }, event, { version: '1' }).is_alert).toBe(
      false,
    );
  });

  it('leaves out evidence that would be empty', () => {
    const bare = { ...detection, findings: detection.findings.slice(0, 1) };
    expect(toDetectionFinding(bare, null, { version: '1' })).not.toHaveProperty('evidences');
    const silent: SecurityEvent = {
      event_id: 'e9',
      timestamp: detection.timestamp,
      source: 'x',
      event_type: 'y',
      payload: {},
      context: {},
    };
    expect(toDetectionFinding(bare, silent, { version: '1' })).not.toHaveProperty('evidences');
  });

  it('does not pass on as a link what is none', () => {
    const findings = detection.findings.map((one) => ({ ...one, reference: 'javascript:alert(1)' }));
    const told = toDetectionFinding({ ...detection, findings }, null, { version: '1' });
    expect(told.finding_info).not.toHaveProperty('src_url');
  });

  it('holds for whatever an event may carry', () => {
    const detections = fc.record({
      severity: fc.constantFrom(...severities),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
      title: fc.string(),
      techniques: fc.array(fc.constantFrom('T1003', 'T1003.001', 'T0000', 'T1071.004'), { maxLength: 4 }),
    });
    const payload = fc.dictionary(
      fc.constantFrom('Image', 'CommandLine', 'ProcessId', 'TargetFilename', 'EventID', 'ParentImage'),
      fc.oneof(fc.string({ maxLength: 6000 }), fc.integer(), fc.constant(null), fc.array(fc.string())),
    );
    fc.assert(
      fc.property(
        detections,
        payload,
        fc.string(),
        ({ severity, confidence, title, techniques }, fields, host) => {
          const [lead] = detection.findings;
          if (lead === undefined) return;
          const varied: Detection = {
            ...detection,
            severity,
            confidence,
            mitre_techniques: techniques,
            findings: [{ ...lead, title }],
          };
          const told = toDetectionFinding(
            varied,
            { ...event, payload: fields, context: { host, format: 'windows' } },
            { version: '1' },
          );
          expect(official.Errors(told)).toEqual([]);
          expect(ours.Errors(told)).toEqual([]);
          for (const evidence of told.evidences ?? []) {
            expect(artifacts.some((name) => evidence[name] !== undefined)).toBe(true);
          }
          expect(JSON.parse(JSON.stringify(told))).toEqual(told);
        },
      ),
    );
  });

  it('starts from a valid detection', () => {
    expect(
      Compile(DetectionSchema)
        .Errors(detection)
        .filter(({ keyword }) => keyword !== 'format'),
    ).toEqual([]);
  });
});
