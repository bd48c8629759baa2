export { ARGOCD, type ArgoCdConfig } from './argocd';
export { type Environment, environment } from './environment';
export { type ImageVersion, imageSettingIn, withImage } from './image-edit';
export { environmentNames, loadArgoCd, loadEnvironments, type Schemas, type Settings } from './load';
export { expectedOneOf } from './nearest';
export { parseOptions } from './options';
export { PLATFORM, type PlatformConfig, platformOf } from './platform';
export { formatPlace, InputError, type Problem } from './problem';
export { HELP, parseRequest, type Request } from './request';
