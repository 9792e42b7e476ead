// Express 4 installed under another name. What the tests call of it has the same types.
declare module 'express4' {
  import express from 'express';

  export default express;
}
