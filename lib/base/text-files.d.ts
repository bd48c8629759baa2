// Scripts and configuration files lie beside the construct that uses them; an import of one is its text.
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
