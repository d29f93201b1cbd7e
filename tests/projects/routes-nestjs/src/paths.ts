export enum Paths {
  Cats = 'cats',
}
