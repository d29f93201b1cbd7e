async function f(p) {
  return bcrypt.hashSync(p, 12);
}
