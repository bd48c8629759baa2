export { type Environment, environment } from './environment';
export { type ImageVersion, imageSettingIn, withImage } from './image-edit';
export { environmentNames, loadEnvironments, type Schemas, type Settings } from './load';
export { expectedOneOf } from './nearest';
export { parseOptions } from './options';
export { PLATFORM, type PlatformConfig } from './platform';
export { formatPlace, InputError, type Problem } from './problem';
export { HELP, parseRequest, type Request } from './request';
