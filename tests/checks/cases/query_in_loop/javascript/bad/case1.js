async function f(ids) {
  for (const id of ids) {
    await prisma.order.findUnique({ where: { id } });
  }
}
