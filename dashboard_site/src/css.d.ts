/** The build makes a text of a style that a file brings along. */
declare module "*.css" {
  const text: string;
  export default text;
}
