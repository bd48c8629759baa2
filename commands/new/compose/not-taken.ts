/** Nothing is lost: Berth does it always, or it says nothing about a cluster. */
const NOTHING = '';

const NO_HOST = 'it would open the node to the container; change what needs it, or run that outside the cluster';
const RIGHTS = 'Berth takes all capabilities away and forbids to gain any; change what needs it';
const NETWORK = 'pods have addresses of their own, and reach each other by the names of services';
const NAMES = 'the DNS of the cluster answers; a server outside is an entry of external, with host and addresses';
const SIZE = 'say cpu and memory, such as 100m..500m and 128Mi..256Mi';
const NODE = 'a setting of the node';
const BUILD = 'say it where the image is built';

/** The keys of a service that are not taken over, with the reason and the remedy. An empty text: nothing is lost. */
export const NOT_TAKEN: Readonly<Record<string, string>> = {
  annotations: 'Berth makes the annotations of its objects',
  attach: NOTHING,
  blkio_config: NODE,
  cap_add: RIGHTS,
  cap_drop: NOTHING, // all are dropped
  cgroup: NO_HOST,
  cgroup_parent: NO_HOST,
  cpu_count: SIZE,
  cpu_percent: SIZE,
  cpu_period: SIZE,
  cpu_quota: SIZE,
  cpu_rt_period: SIZE,
  cpu_rt_runtime: SIZE,
  cpu_shares: SIZE,
  cpuset: SIZE,
  credential_spec: NODE,
  develop: NOTHING, // of a developer's machine
  device_cgroup_rules: NO_HOST,
  devices: 'it would open the devices of the node to the container; GPUs are gpu: 1',
  dns: NAMES,
  dns_opt: NAMES,
  dns_search: NAMES,
  domainname: NETWORK,
  external_links: NETWORK,
  extra_hosts: NAMES,
  group_add: 'the group of its processes is its user; give files and volumes to that',
  init: NOTHING,
  ipc: NO_HOST,
  isolation: NODE,
  label_file: 'Berth makes the labels of its objects',
  labels: 'Berth makes the labels of its objects; routes of a proxy become exposed: /path',
  links: NETWORK,
  logging: 'logs go to stdout, and the platform collects them',
  mac_address: NETWORK,
  mem_swappiness: NODE,
  memswap_limit: NODE,
  network_mode: `it would share the network of the node or of another container; ${NETWORK}`,
  oom_kill_disable: SIZE,
  oom_score_adj: SIZE,
  pid: NO_HOST,
  pids_limit: 'a setting of the kubelet: podPidsLimit',
  post_start: 'pods have no such hook here; do it in the entrypoint, or in a container of init',
  pre_stop: 'Berth waits (shutdown: { delay, drain }) before it stops a container; finish work when SIGTERM comes',
  privileged: RIGHTS,
  provider: 'what a plugin makes is a part, or an entry of external',
  pull_policy: NOTHING,
  pull_refresh_after: NOTHING,
  read_only: NOTHING, // always
  runtime: NODE,
  security_opt: 'Berth has the restricted profile of PodSecurity, without more rights',
  shm_size: 'say writes: { /dev/shm: { size: 64Mi, memory: true } } beside /tmp',
  stdin_open: NOTHING,
  stop_signal: BUILD,
  storage_opt: NODE,
  sysctls: NODE,
  tty: NOTHING,
  ulimits: 'a setting of the node and its container runtime',
  use_api_socket: NO_HOST,
  userns_mode: NO_HOST,
  uts: NO_HOST,
  volumes_from: 'a volume belongs to one service here: say storage, or files',
};

/** The keys of a compose file beside services that are not taken over. */
export const NOT_TAKEN_OF_FILE: Readonly<Record<string, string>> = {
  include: 'other files are not read; write one with docker compose config, and give that',
  name: NOTHING,
  version: NOTHING,
};

/** The keys of `deploy`, `healthcheck`, `build` and of networks that are not taken over. */
export const NOT_TAKEN_OF_DEPLOY: Readonly<Record<string, string>> = {
  endpoint_mode: NETWORK,
  labels: 'Berth makes the labels of its objects',
  mode: 'a pod on each node, or a Job, is another kind of service: schedule, or runs: before-deploy',
  placement: 'pods spread over nodes and zones; nodes: { label: value } chooses nodes',
  restart_policy: 'pods are restarted always',
  rollback_config: 'Kubernetes keeps the old pods until new ones are ready',
  update_config: 'Kubernetes keeps the old pods until new ones are ready; replace: recreate ends them first',
};
