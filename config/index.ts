export { type Environment, environment } from './environment';
export { environmentNames, loadEnvironments, type Schemas, type Settings } from './load';
export { parseOptions } from './options';
export { PLATFORM, type PlatformConfig } from './platform';
export { InputError, type Problem } from './problem';
export { HELP, parseRequest, type Request } from './request';
