import type { Environment } from '../../lib/config/environment';
import { Config } from '../../lib/model/config';
import { namespaceOf } from './configuration';
import type { Process, ProcessName } from './processes';
import checkKey from './scripts/check-key.sh';
import endOnFatal from './scripts/end-on-fatal.sh';
import start from './scripts/start.sh';

/** Where the pod of the shape single has the files of {@link supervisorConfig}. */
export const SUPERVISOR = '/etc/ephitup';

/** Time for supervisord itself and its event listener, in seconds. */
const OWN_SECONDS = 10;

/** How long supervisord may take to stop the processes, one after the other. */
export function stopSeconds(processes: Readonly<Record<ProcessName, Process>>): number {
  return Object.values(processes).reduce((sum, { stop }) => sum + stop.toSeconds(), OWN_SECONDS);
}

/** A percent sign begins an expression of supervisord. */
const escaped = (text: string) => text.replaceAll('%', '%%');

function program([name, { command, own = {}, stop }]: [string, Process], place: number): string {
  const variables = Object.entries(own).map(([key, value]) => `${key}="${escaped(value)}"`);
  const started = name === 'database' ? command : ['/bin/sh', `${SUPERVISOR}/start.sh`, name, ...command];
  return `[program:${name}]
command=${escaped(started.join(' '))}
${variables.length > 0 ? `environment=${variables.join(',')}\n` : ''}priority=${10 * (place + 1)}
autorestart=true
startsecs=10
startretries=5
stopwaitsecs=${stop.toSeconds()}
killasgroup=true
stdout_logfile=/dev/stdout
stdout_logfile_maxbytes=0
redirect_stderr=true
`;
}

/**
 * The configuration of supervisord: the processes in the order of their start, which is the reverse of that of their end, so that the
 * database closes last; and the listener that ends the container when supervisord gives a process up. Source: supervisord.org, Configuration
 * File; Events.
 */
export function supervisordConf(processes: Readonly<Record<ProcessName, Process>>): string {
  return `[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile=/tmp/supervisord.pid

${Object.entries(processes).map(program).join('\n')}
[eventlistener:end-on-fatal]
command=/bin/sh ${SUPERVISOR}/end-on-fatal.sh
events=PROCESS_STATE_FATAL
stderr_logfile=/dev/stderr
stderr_logfile_maxbytes=0
`;
}

/** The ConfigMap of supervisord, with the scripts that it runs. */
export function supervisorConfig(environment: Environment, processes: Readonly<Record<ProcessName, Process>>): Config {
  return new Config(namespaceOf(environment), 'ephitup-supervisor', {
    'supervisord.conf': supervisordConf(processes),
    'start.sh': start,
    'check-key.sh': checkKey,
    'end-on-fatal.sh': endOnFatal,
  });
}
