<?php

namespace App\Controller;

use Symfony\Component\Routing\Attribute\Route;
use Symfony\Component\Security\Http\Attribute\IsGranted;

#[Route('/items', name: 'item_')]
class ItemController
{
    #[Route('', name: 'list', methods: ['GET'])]
    public function list() {}

    #[Route('/{id<\d+>}', methods: 'DELETE')]
    #[IsGranted('ROLE_STAFF')]
    public function remove(int $id) {}

    /**
     * @Route("/{id}/old", name="old", methods={"POST"})
     */
    public function old(int $id)
    {
        $this->denyAccessUnlessGranted('ROLE_USER');
    }
}
