async function f(p) {
  return bcrypt.hash(p, 12);
}
