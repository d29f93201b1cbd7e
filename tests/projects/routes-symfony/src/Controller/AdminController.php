<?php

namespace App\Controller;

use Symfony\Component\Routing\Attribute\Route;

class AdminController
{
    #[Route('/admin/stats')]
    public function stats() {}

    public function ping() {}
}
