// An import of a script or configuration file is its text.
declare module '*.sh' {
  const text: string;
  export default text;
}
declare module '*.sql' {
  const text: string;
  export default text;
}
declare module '*.ini' {
  const text: string;
  export default text;
}
declare module '*.conf' {
  const text: string;
  export default text;
}
declare module '*.lua' {
  const text: string;
  export default text;
}
// An import of YAML is its value.
declare module '*.yaml' {
  const value: unknown;
  export default value;
}
