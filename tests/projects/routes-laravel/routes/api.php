<?php

use App\Http\Controllers\BookController;
use App\Http\Controllers\DeskController;
use Illuminate\Support\Facades\Route;

Route::apiResource('books', BookController::class);
Route::resource('shops.shelves', DeskController::class)->only(['index', 'destroy']);

Route::group(['prefix' => 'desk', 'middleware' => ['staff']], function () {
    Route::controller(DeskController::class)->prefix('{desk}')->group(function () {
        Route::post('open', 'open');
        Route::match(['put', 'patch'], 'close', 'close')->withoutMiddleware('clerk');
    });
    require __DIR__.'/api/reports.php';
});

foreach (['de', 'fr'] as $locale) {
    Route::get("$locale/help", DeskController::class)->middleware('auth:optional');
}
