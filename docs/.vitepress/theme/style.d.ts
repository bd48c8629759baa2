// VitePress adds it to the pages.
declare module '*.css';
